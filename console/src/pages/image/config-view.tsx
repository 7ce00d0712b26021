import { useTranslation } from 'react-i18next';
import type { ConfigReply, ImageReply } from '../../../../src/api/images/contract.ts';
import { Facts } from '../../ui/facts.tsx';
import { useFormat } from '../../words/format.ts';
import css from './image.module.css';

/** What an image runs, and what it says of itself. */
export function ConfigView({ image }: { readonly image: ImageReply }) {
  const { t } = useTranslation('image');
  const { config, configText, annotations } = image;
  return (
    <div className={css['view']}>
      {config !== null && <ImageConfig config={config} />}
      {config === null && configText !== null && (
        <pre className={css['text']} tabIndex={0}>
          {configText}
        </pre>
      )}
      {config !== null && <Pairs title={t('labels')} pairs={config.labels} />}
      <Pairs title={t('annotations')} pairs={annotations} />
    </div>
  );
}

function ImageConfig({ config }: { readonly config: ConfigReply }) {
  const { t } = useTranslation('image');
  const format = useFormat();
  const { created, author, entrypoint, command, environment, user, workingDirectory } = config;
  return (
    <Facts
      facts={[
        { name: t('created'), value: isTime(created) ? format.time(created) : created },
        { name: t('author'), value: author },
        { name: t('entrypoint'), value: words(entrypoint) },
        { name: t('command'), value: words(command) },
        { name: t('user'), value: user },
        { name: t('workingDirectory'), value: workingDirectory },
        { name: t('environment'), value: lines(environment) },
        { name: t('ports'), value: config.exposedPorts.join(', ') },
        { name: t('volumes'), value: lines(config.volumes) },
        { name: t('stopSignal'), value: config.stopSignal },
        { name: t('healthcheck'), value: words(config.healthcheck?.test ?? []) },
      ]}
    />
  );
}

function Pairs({ title, pairs }: { readonly title: string; readonly pairs: Readonly<Record<string, string>> }) {
  const facts = Object.entries(pairs).map(([name, value]) => ({ name, value: <Value text={value} /> }));
  if (facts.length === 0) return null;
  return (
    <section className={css['view']}>
      <h2>{title}</h2>
      <Facts facts={facts} />
    </section>
  );
}

/** Where an image says it comes from, one can go there. */
function Value({ text }: { readonly text: string }) {
  if (!/^https?:\/\/[^\s"'<>]+$/.test(text)) return text;
  return (
    <a href={text} target="_blank" rel="noreferrer noopener">
      {text}
    </a>
  );
}

function isTime(text: string | null): text is string {
  return text !== null && !Number.isNaN(Date.parse(text));
}

function words(list: readonly string[]) {
  return list.length === 0 ? null : <code>{JSON.stringify(list)}</code>;
}

function lines(list: readonly string[]) {
  if (list.length === 0) return null;
  return (
    <ul className={css['lines']}>
      {list.map((line) => (
        <li key={line}>
          <code>{line}</code>
        </li>
      ))}
    </ul>
  );
}
