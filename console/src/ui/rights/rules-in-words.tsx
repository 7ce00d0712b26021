import { useRuleWords } from './rule-words.ts';
import type { Rule } from './rule.ts';
import css from './rights.module.css';

/** What may be done, a line for each. */
export function RulesInWords({ rules }: { readonly rules: readonly Rule[] }) {
  const words = useRuleWords();
  return (
    <ul className={css['rules']}>
      {rules.map((rule) => (
        <li key={`${rule.pattern} ${rule.actions.join(' ')}`}>{words(rule)}</li>
      ))}
    </ul>
  );
}
