import { useFormat } from '../words/format.ts';

/** A moment, as people say it; exactly, when it is pointed at. */
export function When({ at }: { readonly at: string }) {
  const format = useFormat();
  return (
    <time dateTime={at} title={format.time(at)}>
      {format.ago(at)}
    </time>
  );
}
