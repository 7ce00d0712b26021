import { useId, useState } from 'react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useFormContext } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import form from '../../../ui/form.module.css';
import { registriesQuery } from '../registries.ts';
import { KINDS, type Kind } from '../registry-names.ts';
import { TextField } from './form-fields.tsx';
import { isPresetUrl, PRESETS } from './presets.ts';
import { nameFor, type RegistryValues } from './registry-values.ts';
import { useDetectedKind } from './use-detected-kind.ts';
import css from './registry-form.module.css';

/** Which registry it is, and what it is called here. */
export function PlaceFields({ isNew }: { readonly isNew: boolean }) {
  const { t } = useTranslation('registry-form');
  const { watch, setValue, getFieldState, getValues, register } = useFormContext<RegistryValues>();
  const projects = useProjects();
  const projectsId = useId();
  const kind = watch('kind');
  // What is there already was chosen, by whomever.
  const [isByHand, setIsByHand] = useState(!isNew);
  const rename = (url: string): void => {
    if (isNew && !getFieldState('name').isDirty) setValue('name', nameFor(url));
  };
  const choose = (chosen: Kind): void => {
    setIsByHand(true);
    setValue('kind', chosen, { shouldDirty: true });
    setValue('form', '');
    const url = getValues('url').trim();
    const { url: preset = '' } = PRESETS[chosen];
    if (url !== '' && !isPresetUrl(url)) return;
    setValue('url', preset);
    rename(preset);
  };
  const detected = useDetectedKind({ isByHand });
  const url = register('url', { onChange: ({ target }: { target: HTMLInputElement }) => rename(target.value) });
  return (
    <>
      <fieldset>
        <legend>{t('place.kind')}</legend>
        <div className={css['kinds']}>
          {KINDS.map((one) => (
            <label key={one}>
              <input type="radio" name="kind" value={one} checked={one === kind} onChange={() => choose(one)} />
              {t(`kind.${one}`)}
            </label>
          ))}
        </div>
      </fieldset>
      <fieldset>
        <legend>{t('place.title')}</legend>
        <TextField
          label={t('place.url')}
          help={detected === undefined ? t('place.urlHelp') : t('place.detected', { kind: t(`kind.${detected}`) })}
          placeholder={PRESETS[kind].example}
          {...url}
          name="url"
        />
        <div className={form['pair']}>
          <TextField label={t('place.name')} help={t('place.nameHelp')} name="name" maxLength={100} />
          <TextField
            label={t('place.project')}
            help={isNew ? t('place.projectHelp') : t('place.projectStays')}
            name="project"
            readOnly={!isNew}
            list={projectsId}
            maxLength={100}
          />
          <datalist id={projectsId}>
            {projects.map((project) => (
              <option key={project} value={project} />
            ))}
          </datalist>
          <TextField label={t('place.region')} help={t('place.regionHelp')} name="region" maxLength={64} />
        </div>
      </fieldset>
    </>
  );
}

/** Of the connections that are there. */
function useProjects(): readonly string[] {
  const { data } = useInfiniteQuery(registriesQuery({ q: '', state: '', kind: '', project: '' }));
  const all = data?.pages.flatMap(({ registries }) => registries.map(({ project }) => project));
  return [...new Set(all)].sort();
}
