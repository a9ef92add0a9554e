export { type Backbone, loadBackbone } from './backbone.ts';
export type { Card, Preprocessing } from './card.ts';
export { cards, findCard } from './cards.ts';
export { type SourceLabel, sourceLabels } from './source-labels.ts';
