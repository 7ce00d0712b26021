import type { ImageReply } from '../../../../src/api/images/contract.ts';

const IMAGE_VIEWS = ['platforms', 'config', 'layers', 'referrers', 'history', 'manifest'] as const;
export type ImageView = (typeof IMAGE_VIEWS)[number];

/** What there is to see of it; only a tag has been elsewhere. */
export function viewsOf(image: ImageReply, isTag: boolean): readonly ImageView[] {
  return IMAGE_VIEWS.filter((view) => {
    if (view === 'platforms') return image.children.length > 0;
    if (view === 'config') return image.config !== null || image.configText !== null || isAnnotated(image);
    if (view === 'layers') return image.layers.length > 0;
    return view !== 'history' || isTag;
  });
}

function isAnnotated({ annotations }: ImageReply): boolean {
  return Object.keys(annotations).length > 0;
}
