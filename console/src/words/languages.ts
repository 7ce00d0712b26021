import i18n, { type BackendModule, type ReadCallback } from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';

export const LANGUAGES = ['fr', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

const CHOSEN = 'language';
const FILES = import.meta.glob<Readonly<Record<string, unknown>>>('./{fr,en}/*.json', { import: 'default' });

/** A page's words come with the page, in one language. */
const backend: BackendModule = {
  type: 'backend',
  init: () => {},
  read: (language, subject, done) => void deliver(FILES[`./${language}/${subject}.json`], done),
};

async function deliver(load: (typeof FILES)[string] | undefined, done: ReadCallback): Promise<void> {
  if (load === undefined) return done(new Error('there are no such words'), false);
  try {
    done(null, await load());
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)), false);
  }
}

export async function startLanguage(): Promise<void> {
  const language = chosenLanguage();
  document.documentElement.lang = language;
  i18n.on('languageChanged', (name) => {
    document.documentElement.lang = name;
  });
  await i18n
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: language,
      fallbackLng: false,
      ns: ['common'],
      defaultNS: 'common',
      interpolation: { escapeValue: false },
      returnNull: false,
    });
}

export async function chooseLanguage(language: Language): Promise<void> {
  keep(language);
  await i18n.changeLanguage(language);
}

/** What was chosen here, else the first that the browser asks for and we speak. */
function chosenLanguage(): Language {
  const wanted = [kept(), ...navigator.languages.map((name) => name.slice(0, 2).toLowerCase())];
  const spoken = wanted.find((name) => (LANGUAGES as readonly unknown[]).includes(name));
  return (spoken as Language | undefined) ?? 'en';
}

function kept(): string | null {
  try {
    return localStorage.getItem(CHOSEN);
  } catch {
    // A browser that keeps nothing.
    return null;
  }
}

function keep(language: Language): void {
  try {
    localStorage.setItem(CHOSEN, language);
  } catch {
    // Then it is chosen until the page is left.
  }
}

/** The language of the page, as a type: components that have words of their own ask for it. */
export function useLanguage(): Language {
  return useTranslation().i18n.language === 'fr' ? 'fr' : 'en';
}
