import { imageOf } from '../support/image.ts';

/** An image without layers: all the tags of the lists name it. */
export const SMALL_IMAGE = imageOf([]);
