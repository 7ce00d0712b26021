import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ImageReply } from '../../../../src/api/images/contract.ts';
import { Digest } from '../../ui/digest.tsx';
import { useFormat } from '../../words/format.ts';
import css from './image.module.css';
import { writeReference } from './reference.ts';

type Layer = ImageReply['layers'][number];

/** How an image was made, step by step, beside the layers that came of it. */
export function LayersView({ image }: { readonly image: ImageReply }) {
  const { layers, history } = image;
  const largest = Math.max(1, ...layers.map(({ size }) => size));
  const told = new Set(history.map(({ layer }) => layer));
  // Of what an image does not say how it came about, it is shown all the same.
  const untold = layers.flatMap((_, layer) => (told.has(layer) ? [] : [{ createdBy: null, layer }]));
  const steps = [...history, ...untold];
  return (
    <ol className={css['steps']}>
      {steps.map(({ createdBy, layer: number }, place) => {
        const layer = number === null ? undefined : layers[number];
        return (
          <li key={place}>
            {createdBy !== null && <code className={css['instruction']}>{instructionOf(createdBy)}</code>}
            {layer !== undefined && <LayerLine repository={image.repository} layer={layer} largest={largest} />}
          </li>
        );
      })}
    </ol>
  );
}

interface LayerLineProps {
  readonly repository: string;
  readonly layer: Layer;
  /** Of all layers, in bytes. */
  readonly largest: number;
}

function LayerLine({ repository, layer, largest }: LayerLineProps) {
  const { t } = useTranslation('image');
  const format = useFormat();
  const { digest, size, title, isHere, otherRepositories, repositories } = layer;
  return (
    <div className={css['layer']}>
      <progress max={largest} value={size} aria-label={t('layerSize', { size: format.bytes(size) })} />
      <span className={css['bytes']}>{format.bytes(size)}</span>
      <Digest digest={digest} />
      {isHere && (
        <Link to="/layers/$" params={{ _splat: writeReference({ repository, reference: digest }) }}>
          {t('layerFiles')}
        </Link>
      )}
      {title !== null && <span>{title}</span>}
      {!isHere && <span>{t('layerElsewhere')}</span>}
      {otherRepositories !== null && otherRepositories > 0 && (
        <span title={repositories.join('\n')}>{t('shared', { count: otherRepositories })}</span>
      )}
    </div>
  );
}

/** As it stood in the Dockerfile: what the builder put around it is taken away. */
function instructionOf(createdBy: string): string {
  return createdBy
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
    .replace(/^(?:RUN )?\/bin\/sh -c /, 'RUN ')
    .replace(/\s*# buildkit$/, '');
}
