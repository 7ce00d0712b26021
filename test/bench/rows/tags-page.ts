import { generate } from '../load/generator.ts';
import type { ListPages } from '../load/list-pages.ts';
import { pushContent } from '../push.ts';
import { Samples, type Bench, type Figure, type Row, type Verdict } from '../row.ts';
import { withAll } from '../running.ts';
import { targetOf, type Content, type RunningServer } from '../servers/server.ts';
import { compare, format, medianOf } from '../verdict.ts';

const PAGE = 100;

export const tagsPage: Row = {
  name: 'tags-page',
  title: 'tags/list?n=100 in a repository of 100,000 tags',
  async measure(bench) {
    const tags = numbered('tag', bench.quick ? 1000 : 100_000);
    const content: Content = {
      repositories: [
        { name: 'lists/many', tags },
        { name: 'lists/few', tags: numbered('tag', PAGE) },
      ],
    };
    const pages = {
      'first page of 100,000 tags': `/v2/lists/many/tags/list?n=${PAGE}`,
      'last page of 100,000 tags': `/v2/lists/many/tags/list?n=${PAGE}&last=${tags.at(-PAGE - 1)}`,
      'the page of 100 tags': `/v2/lists/few/tags/list?n=${PAGE}`,
    };
    const figures = await measurePages(bench, content, pages);
    const ends = ['first page of 100,000 tags', 'last page of 100,000 tags'];
    return {
      figures,
      verdicts: [
        ...ends.map((quantity) => againstFew(figures, quantity)),
        ...ends.map((quantity) =>
          compare(figures, { quantity, to: 'docker-registry', bound: 'at most', ratio: 1 / 20 }),
        ),
      ],
    };
  },
};

export const catalogPage: Row = {
  name: 'catalog-page',
  title: 'Last page of _catalog?n=100 over 10,000 repositories',
  async measure(bench) {
    const names = numbered('catalog/repository', bench.quick ? 300 : 10_000);
    const content: Content = { repositories: names.map((name) => ({ name, tags: ['latest'] })) };
    const quantity = 'last page';
    const figures = await measurePages(bench, content, {
      [quantity]: `/v2/_catalog?n=${PAGE}&last=${encodeURIComponent(names.at(-PAGE - 1) ?? '')}`,
    });
    return {
      figures,
      verdicts: [compare(figures, { quantity, to: 'docker-registry', bound: 'at most', ratio: 1 / 50 })],
    };
  },
};

/** Fills every server, then asks for each page again and again; a sample is the median time of one request. */
async function measurePages(
  bench: Bench,
  content: Content,
  pages: Readonly<Record<string, string>>,
): Promise<Figure[]> {
  const samples = new Samples();
  await withAll(bench, { content }, async (servers) => {
    for (const server of servers) {
      if (server.name !== 'havre') continue;
      bench.progress('filling havre by pushes');
      await pushContent(server, content);
    }
    for (let repetition = 1; repetition <= bench.repetitions; repetition++) {
      for (const server of servers) {
        bench.progress(`${server.name}, ${repetition} of ${bench.repetitions}`);
        const seconds = await secondsPerPage(bench, server, Object.values(pages));
        for (const [place, quantity] of Object.keys(pages).entries()) {
          samples.add(server.name, quantity, 'ms', (seconds[place] ?? Number.NaN) * 1000);
        }
      }
    }
  });
  return samples.figures();
}

async function secondsPerPage(bench: Bench, server: RunningServer, paths: readonly string[]): Promise<number[]> {
  const task: ListPages = {
    target: targetOf(server),
    paths,
    rounds: bench.quick ? 20 : 500,
    seconds: bench.quick ? 1 : 5,
  };
  return (await generate('./list-pages.ts', task)) as number[];
}

/** The cost of a page must not depend on how many tags there are. */
function againstFew(figures: readonly Figure[], quantity: string): Verdict {
  const target = `${quantity}: at most 1.5× the page of 100 tags`;
  const ratio =
    (medianOf(figures, quantity, 'havre') ?? Number.NaN) /
    (medianOf(figures, 'the page of 100 tags', 'havre') ?? Number.NaN);
  return Number.isNaN(ratio)
    ? { target, value: 'not measured' }
    : { target, value: `${format(ratio)}×`, reached: ratio <= 1.5 };
}

/** Names that sort as they count. */
function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(6, '0')}`);
}
