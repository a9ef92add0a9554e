import { UsageError } from '../base/index.ts';
import type { Card } from './card.ts';
import { efficientnetLite0 } from './cards/efficientnet-lite0.ts';
import { squeezenet11 } from './cards/squeezenet1.1.ts';

/** The networks that come with graftwork, the default first. */
export const cards: readonly [Card, ...Card[]] = [efficientnetLite0, squeezenet11];

/**
 * The card with this id.
 *
 * @throws UsageError for an unknown id; the message lists what there is
 * @example
 * findCard('squeezenet1.1').parameters; // 1235496
 */
export function findCard(id: string): Card {
  const card = cards.find((each) => each.id === id);
  if (card !== undefined) return card;
  throw new UsageError(`Cannot find the backbone '${id}'`, {
    fix: `Choose one of: ${cards.map((each) => each.id).join(', ')}`,
  });
}
