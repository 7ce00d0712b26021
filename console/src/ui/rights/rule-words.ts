import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { isAboutProjects, type Action, type Rule } from './rule.ts';

/** What a rule says, as a sentence: "pull and push in every repository below team/". */
export function useRuleWords(): (rule: Rule) => string {
  const { t, i18n } = useTranslation('rights');
  const { language } = i18n;
  return useMemo(() => {
    const list = new Intl.ListFormat(language, { type: 'conjunction' });
    return (rule) => {
      const verbs = list.format(
        shown(rule.actions)
          .map(wordOf)
          .map((word) => t(`does.${word}`)),
      );
      return `${verbs} ${t(placeOf(rule), { pattern: nameIn(rule.pattern) })}`;
    };
  }, [t, language]);
}

function wordOf(action: Action): (typeof WORDS)[Action] {
  return WORDS[action];
}

const WORDS = {
  pull: 'pull',
  push: 'push',
  delete: 'delete',
  admin: 'admin',
  'registries:read': 'read',
  'registries:use': 'use',
  'registries:manage': 'manage',
} as const satisfies Record<Action, string>;

/** Not what the last of them includes anyway. */
function shown(actions: readonly Action[]): readonly Action[] {
  if (actions.includes('admin')) return ['admin'];
  if (actions.includes('registries:manage')) return ['registries:manage'];
  if (actions.includes('registries:use')) return ['registries:use'];
  return actions;
}

function placeOf(rule: Rule) {
  const { pattern } = rule;
  const isMany = pattern.includes('*');
  if (isAboutProjects(rule)) {
    if (pattern === '**') return 'of.everyProject';
    return isMany ? 'of.projects' : 'of.project';
  }
  if (pattern === '**') return 'in.everyRepository';
  if (!isMany) return 'in.repository';
  const before = nameIn(pattern);
  if (before.includes('*') || !before.endsWith('/')) return 'in.repositories';
  return pattern.endsWith('**') ? 'in.below' : 'in.folder';
}

/** `team/` of `team/*` and `team/**`, where nothing else in it is open; else the pattern itself. */
function nameIn(pattern: string): string {
  const before = /^([^*]+\/)\*\*?$/.exec(pattern)?.[1];
  return before ?? pattern;
}
