import { Button } from '@ovhcloud/ods-react';
import { Plus, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { OneOf } from '../../ui/options.tsx';
import { patternProblem } from '../../ui/rights/pattern-problem.ts';
import { NEW_RULE, RuleFields } from '../../ui/rights/rule-fields.tsx';
import type { Rule } from '../../ui/rights/rule.ts';
import rights from '../../ui/rights/rights.module.css';
import type { TokenDraft } from './token-draft.ts';

interface ScopeFieldsProps {
  readonly draft: TokenDraft;
  readonly onChange: (part: Partial<TokenDraft>) => void;
  readonly error: Error | null;
}

/** What the token may do: all of somebody's rights, what is granted to it, or what is said here. */
export function ScopeFields({ draft: { owner, isLimited, rules }, onChange, error }: ScopeFieldsProps) {
  const { t } = useTranslation(['tokens', 'rights']);
  const isPatternWrong = patternProblem(
    error,
    rules.map(({ rule }) => rule),
  );
  const replace = (key: number, rule: Rule): void =>
    onChange({ rules: rules.map((one) => (one.key === key ? { key, rule } : one)) });
  const add = (): void => onChange({ rules: [...rules, { key: (rules.at(-1)?.key ?? 0) + 1, rule: NEW_RULE }] });
  return (
    <>
      <OneOf
        label={t('create.scope')}
        options={[
          { value: 'limited', text: owner === 'robot' ? t('create.robotLimited') : t('create.userLimited') },
          { value: 'open', text: owner === 'robot' ? t('create.robotOpen') : t('create.userOpen') },
        ]}
        value={isLimited ? 'limited' : 'open'}
        onChange={(value) => onChange({ isLimited: value === 'limited' })}
      />
      {isLimited &&
        rules.map(({ key, rule }, index) => (
          <div key={key} className={rights['rule']} role="group" aria-label={t('create.rule', { number: index + 1 })}>
            <RuleFields
              rule={rule}
              onChange={(changed) => replace(key, changed)}
              problem={isPatternWrong(rule) ? t('rights:patternInvalid') : undefined}
            />
            {rules.length > 1 && (
              <div>
                <Button
                  type="button"
                  size="sm"
                  variant="ghost"
                  onClick={() => onChange({ rules: rules.filter((one) => one.key !== key) })}
                >
                  <Trash2 size={16} aria-hidden /> {t('create.removeRule', { number: index + 1 })}
                </Button>
              </div>
            )}
          </div>
        ))}
      {isLimited && (
        <div>
          <Button type="button" size="sm" variant="outline" onClick={add}>
            <Plus size={16} aria-hidden /> {t('create.addRule')}
          </Button>
        </div>
      )}
    </>
  );
}
