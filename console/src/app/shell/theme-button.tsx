import { Button } from '@ovhcloud/ods-react';
import { Moon, Sun } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

type Theme = 'light' | 'dark';

export function ThemeButton() {
  const { t } = useTranslation();
  const [theme, setTheme] = useState<Theme>(() =>
    document.documentElement.dataset['theme'] === 'dark' ? 'dark' : 'light',
  );
  const other: Theme = theme === 'dark' ? 'light' : 'dark';
  const change = (): void => {
    document.documentElement.dataset['theme'] = other;
    setTheme(other);
    try {
      localStorage.setItem('theme', other);
    } catch {
      // Then it is chosen until the page is left.
    }
  };
  const Icon = other === 'light' ? Sun : Moon;
  return (
    <Button
      variant="ghost"
      color="neutral"
      aria-label={t(`theme.${other}`)}
      title={t(`theme.${other}`)}
      onClick={change}
    >
      <Icon size={18} aria-hidden />
    </Button>
  );
}
