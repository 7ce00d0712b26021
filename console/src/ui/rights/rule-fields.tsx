import { useTranslation } from 'react-i18next';
import { OneOf, SomeOf } from '../options.tsx';
import { Field } from '../field.tsx';
import { isAboutProjects, PROJECT_LEVELS, REPOSITORY_ACTIONS, type Action, type Rule } from './rule.ts';
import { useRuleWords } from './rule-words.ts';
import css from './rights.module.css';

export const NEW_RULE: Rule = { pattern: '', actions: ['pull'] };

interface RuleFieldsProps {
  readonly rule: Rule;
  readonly onChange: (rule: Rule) => void;
  /** What is wrong with the pattern. */
  readonly problem?: string | undefined;
}

/** What, and where: a grant, or one line of what a token is limited to; with what it comes to, in words. */
export function RuleFields({ rule, onChange, problem }: RuleFieldsProps) {
  const { t } = useTranslation('rights');
  const words = useRuleWords();
  const isOfProjects = isAboutProjects(rule);
  const { pattern, actions } = rule;
  const change = (next: readonly Action[]): void => onChange({ pattern, actions: [...next] });
  return (
    <>
      <OneOf
        label={t('about')}
        options={[
          { value: 'repositories', text: t('repositories') },
          { value: 'projects', text: t('projects') },
        ]}
        value={isOfProjects ? 'projects' : 'repositories'}
        onChange={(kind) => change(kind === 'projects' ? ['registries:read'] : ['pull'])}
      />
      <Field
        label={isOfProjects ? t('project') : t('pattern')}
        help={isOfProjects ? t('projectHelp') : t('patternHelp')}
        problem={problem}
        value={pattern}
        placeholder={isOfProjects ? 'pn-123456' : 'team/**'}
        required
        maxLength={255}
        autoComplete="off"
        spellCheck={false}
        onChange={({ target }) => onChange({ pattern: target.value.trim(), actions })}
      />
      {isOfProjects ? (
        <OneOf
          label={t('actions')}
          options={[
            { value: 'registries:read', text: t('level.read') },
            { value: 'registries:use', text: t('level.use') },
            { value: 'registries:manage', text: t('level.manage') },
          ]}
          value={PROJECT_LEVELS.findLast((level) => actions.includes(level)) ?? 'registries:read'}
          onChange={(level) => change([level])}
        />
      ) : (
        <SomeOf
          label={t('actions')}
          options={REPOSITORY_ACTIONS.map((value) => ({ value, text: t(`action.${value}`) }))}
          values={REPOSITORY_ACTIONS.filter((action) => actions.includes(action))}
          onChange={change}
          problem={actions.length === 0 ? t('noAction') : undefined}
        />
      )}
      {pattern !== '' && actions.length > 0 && <p className={css['said']}>{words(rule)}</p>}
    </>
  );
}
