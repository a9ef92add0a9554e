import { z } from 'zod';

/** What `fit` leaves in a model's metadata for `update`. */
export const memorySchema = z.object({
  view: z.enum(['squash', 'center-crop', 'pad']),
  balanced: z.boolean(),
  /** Share of one's own images that may be called unknown. */
  refuse: z.number().gt(0).lt(1),
  folds: z.int().min(2),
});

export type Memory = z.infer<typeof memorySchema>;
