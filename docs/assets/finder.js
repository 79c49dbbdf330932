// Finds records, sections of pages and statements by what is typed. The index (kb/search.py) comes in pieces; those that
// the words need are handed to MiniSearch, which matches and ranks. Words are folded here as kb/keys.py folds names.

import MiniSearch from "./minisearch.js";

const HOME = new URL("../search/", import.meta.url);
const NAMES_EACH = 64;
const FIELDS = { names: ["whole", "alike", "part", "key"], texts: ["title", "text"] };
const BOOST = { names: { whole: 6, alike: 5, part: 2, key: 1 }, texts: { title: 3, text: 1 } };
const MOST_PIECES = 4;
const LONGEST = 200;
const ENOUGH = 5;
const TELLING = 4;

// --- words ---

const INITIALS = [..."ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"];
const VOWELS = [..."ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"];
const FINALS = ["", ..."ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"];
const TYPED = {
  ㅘ: "ㅗㅏ", ㅙ: "ㅗㅐ", ㅚ: "ㅗㅣ", ㅝ: "ㅜㅓ", ㅞ: "ㅜㅔ", ㅟ: "ㅜㅣ", ㅢ: "ㅡㅣ",
  ㄳ: "ㄱㅅ", ㄵ: "ㄴㅈ", ㄶ: "ㄴㅎ", ㄺ: "ㄹㄱ", ㄻ: "ㄹㅁ", ㄼ: "ㄹㅂ", ㄽ: "ㄹㅅ", ㄾ: "ㄹㅌ", ㄿ: "ㄹㅍ", ㅀ: "ㄹㅎ", ㅄ: "ㅂㅅ",
};
/** Particles that follow a noun (조사), longest first. */
const PARTICLES =
  /(?<=[가-힣]{2})(?:에게서|으로부터|에서부터|으로서|으로써|에서는|에서도|에서의|이라고|까지|부터|에게|에서|에는|에도|으로|로서|로써|로부터|이랑|하고|처럼|보다|마다|조차|마저|밖에|께서|한테|이나|이란|라고|라는|와의|과의|은|는|이|가|을|를|의|에|도|만|과|와|로|랑|나|께)$/;

/** Text without case, marks and apostrophes. */
export function fold(text) {
  const bare = text.replace(/['’‘ʼʻʹ`´′]/g, "").normalize("NFKD").replace(/\p{M}/gu, "").normalize("NFC");
  return bare.toLowerCase();
}

/** Text with its hangul as single letters in the order they are typed. */
export function letters(text) {
  return text
    .replace(/[\u1100-\u1112]/g, (c) => INITIALS[c.charCodeAt(0) - 0x1100])
    .replace(/[\u1161-\u1175]/g, (c) => VOWELS[c.charCodeAt(0) - 0x1161])
    .replace(/[\u11a8-\u11c2]/g, (c) => FINALS[c.charCodeAt(0) - 0x11a7])
    .replace(/[가-힣]/g, (c) => {
      const n = c.charCodeAt(0) - 0xac00;
      return INITIALS[Math.floor(n / 588)] + VOWELS[Math.floor(n / 28) % 21] + FINALS[n % 28];
    })
    .replace(/[ㄳ-ㅢ]/g, (c) => TYPED[c] ?? c);
}

/** The words of a text, folded. */
export function words(text) {
  return fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Without a ㄹ or ㄴ, r or n, that South Korean spelling does not have at the start of a word; see kb/hangul.py. */
export function southern(word) {
  const hangul = word.replace(/[가-힣]/g, (c) => {
    const n = c.charCodeAt(0) - 0xac00;
    const [initial, vowel] = [INITIALS[Math.floor(n / 588)], VOWELS[Math.floor(n / 28) % 21]];
    const beforeI = "ㅑㅒㅕㅖㅛㅠㅣ".includes(vowel);
    const drops = beforeI && (initial === "ㄹ" || (initial === "ㄴ" && vowel !== "ㅒ"));
    const now = drops ? "ㅇ" : initial === "ㄹ" ? "ㄴ" : initial;
    return String.fromCharCode(0xac00 + INITIALS.indexOf(now) * 588 + (n % 588));
  });
  return hangul.replace(/^(?:[rl](?=[iy])|n(?=y))/, "").replace(/^r(?=[aeou])/, "n");
}

/** What a typed word may stand for, with how much each is worth. */
function readings(word) {
  const found = new Map([[word, 1]]);
  const add = (reading, worth) => reading.length > 1 && !found.has(reading) && found.set(reading, worth);
  add(word.replace(PARTICLES, ""), 0.7);
  if (/^[a-z]{4,}s$/.test(word)) add(word.replace(/ies$/, "y").replace(/s$/, ""), 0.7);
  for (const [reading, worth] of [...found]) add(southern(reading), worth * 0.6);
  return [...found].map(([reading, worth]) => [letters(reading), worth]);
}

/**
 * How many letters are wrong: left out, put in, changed, or swapped with their neighbour. With `open`, only as much of
 * `word` counts as was typed.
 */
export function distance(typed, word, open = false) {
  let [before, row] = [[], Array.from({ length: word.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= typed.length; i++) {
    const next = [i];
    for (let j = 1; j <= word.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (typed[i - 1] !== word[j - 1]));
      if (typed[i - 1] === word[j - 2] && typed[i - 2] === word[j - 1]) next[j] = Math.min(next[j], before[j - 2] + 1);
    }
    [before, row] = [row, next];
  }
  return open ? Math.min(...row) : row.at(-1);
}

/** How many letters of a word may be wrong. */
const forgiven = ({ length }) => (length < 4 ? 0 : length < 5 ? 1 : 2);

const script = (word) => (word[0] < "\u0250" ? "latin" : /^[ㄱ-ㅣ]/.test(word) ? "hangul" : "other");

// --- the index ---

const had = new Map();

/** A file of the index, fetched once. */
function get(path, version = "") {
  if (!had.has(path)) {
    const answer = fetch(new URL(path, HOME) + (version && `?${version}`), { cache: version ? "default" : "no-cache" })
      .then((response) => (response.ok ? response.json() : Promise.reject(new Error(`${response.status}: ${path}`))));
    answer.catch(() => had.delete(path));
    had.set(path, answer);
  }
  return had.get(path);
}

export class Finder {
  static async open() {
    return new Finder(await get("index.json"));
  }

  constructor(about) {
    this.about = about;
    this.engines = {};
  }

  file(path) {
    return get(path, this.about.version);
  }

  /** Numbers of the pieces in which words that begin with `word` are. */
  pieces(kind, word) {
    const cuts = this.about[kind];
    const last = (bound) => cuts.findLastIndex((cut) => cut <= bound);
    const from = Math.max(0, last(word));
    const to = Math.min(last(`${word}\uffff`), from + MOST_PIECES - 1);
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
  }

  /** MiniSearch over the pieces that some words need. */
  async engine(kind, wanted) {
    const numbers = [...new Set(wanted.flatMap((word) => this.pieces(kind, word)))].sort((a, b) => a - b);
    const key = numbers.join();
    if (this.engines[kind]?.key !== key) {
      const pieces = await Promise.all(numbers.map((number) => this.file(`${kind}/${number}.json`)));
      this.engines[kind] = { key, engine: load(kind, pieces, this.about) };
    }
    return this.engines[kind].engine;
  }

  /** Entries in the order of their worth: `{ number, name }`, the name's place among those of its record. */
  async search(kind, asked, joined = [], some = false) {
    const engine = await this.engine(kind, [...asked, joined].flat().map(([reading]) => reading));
    const any = (readings) => ({
      combineWith: "OR",
      queries: readings.map(([reading, worth]) => ({ queries: [reading], boostTerm: () => worth, prefix: !some })),
    });
    const all = { combineWith: some ? "OR" : "AND", queries: asked.map(any) };
    const found = engine.search({ combineWith: "OR", queries: [all, any(joined)] });
    if (kind === "texts") return found.map(({ id }) => ({ number: id, name: 0 }));
    const best = new Map();
    for (const { id } of found) {
      const number = Math.floor(id / NAMES_EACH);
      if (!best.has(number)) best.set(number, { number, name: id % NAMES_EACH });
    }
    return [...best.values()];
  }

  /** Words that names are spelled with and that are near what was typed, nearest first: `[word, distance]`. */
  async near(typed, most, open = false) {
    const kind = script(typed);
    const [least, longest] = open ? [typed.length - most, Infinity] : [typed.length - most, typed.length + most];
    const { spelled } = this.about;
    const past = (cut, length) => cut[0] > kind || (cut[0] === kind && cut[1] > length);
    const short = (cut, length) => cut[0] < kind || (cut[0] === kind && cut[1] < length);
    const wanted = spelled.flatMap((cut, i) =>
      past(cut, longest) || (spelled[i + 1] && short(spelled[i + 1], least)) ? [] : [i],
    );
    const pieces = await Promise.all(wanted.map((i) => this.file(`spelled/${i}.json`)));
    return pieces
      .flat()
      .filter((word) => script(word) === kind && word.length >= least && word.length <= longest)
      .map((word) => [word, distance(typed, word, open)])
      .filter(([, far]) => far <= most)
      .sort((a, b) => a[1] - b[1] || a[0].length - b[0].length);
  }

  /**
   * What is found for a query, as it is found: lists of `{ number, name, near, some }`, each with what the one before
   * had in front. Exact names come first, then texts, then names that were mistyped (`near`), or, where there is nothing
   * else, texts with `some` of the words.
   */
  async *find(query) {
    const typed = words(query.slice(0, LONGEST));
    const asked = typed.map(readings);
    const joined = typed.length > 1 ? [...new Set([typed.join(""), typed.map(southern).join("")])] : [];
    const whole = joined.map((word) => [letters(word), 1]);
    const hits = [];
    const add = (more, how) => {
      const there = new Set(hits.map(({ number }) => number));
      hits.push(...more.filter(({ number }) => !there.has(number)).map((hit) => ({ ...hit, ...how })));
    };
    if (!typed.length) return;
    add(await this.search("names", asked, whole));
    const named = hits.length;
    if (named) yield [...hits];
    add(await this.search("texts", asked));
    if (hits.length > named) yield [...hits];
    if (named < ENOUGH) {
      const [meant, ...each] = await Promise.all([whole.slice(0, 1), ...asked].map((readings) => this.meant(readings)));
      if ([meant, ...each].some((found) => found.length)) {
        const mended = asked.map((readings, i) => [...readings, ...each[i]]);
        add(await this.search("names", mended, meant), { near: true });
      }
    }
    const telling = asked.filter(([[word]]) => word.length >= TELLING);
    if (!hits.length && telling.length && typed.length > 1) add(await this.search("texts", telling, [], true), { near: true, some: true });
    yield [...hits];
  }

  /** The words that may have been meant by what was typed, with what they are worth. */
  async meant([[typed] = [""]]) {
    const most = forgiven(typed);
    const mistyped = ([, far]) => far > 0;
    let near = most ? await this.near(typed, most) : [];
    if (most && !near.some(mistyped)) near = await this.near(typed, most, true);
    return near.filter(mistyped).slice(0, 12).map(([word, far]) => [word, 0.5 / far]);
  }

  /** Records with the names nearest to a query for which nothing is found. */
  async nearest(query) {
    const typed = letters(words(query.slice(0, LONGEST)).join("").slice(0, 40));
    if (!typed) return [];
    const near = await this.near(typed, Math.max(2, Math.ceil(typed.length * 0.6)), true);
    const meant = near.slice(0, 5).map(([word, far]) => [word, 1 / (1 + far)]);
    return meant.length ? (await this.search("names", [meant])).slice(0, 5) : [];
  }

  /** What is shown of entries, by their numbers. */
  async entries(numbers) {
    const { block, kinds, statuses } = this.about;
    const blocks = [...new Set(numbers.map((number) => Math.floor(number / block)))];
    const files = new Map(await Promise.all(blocks.map(async (i) => [i, await this.file(`entries/${i}.json`)])));
    return numbers.map((number) => {
      const [kind, address, names, line, places, years, sources, marks] = files.get(Math.floor(number / block))[number % block];
      return { number, kind: kinds[kind], address, names, line, places, years, sources, statuses: marks.map((i) => statuses[i]) };
    });
  }

  facets() {
    return this.file("facets.json");
  }
}

function load(kind, pieces, about) {
  const index = [];
  const documentIds = {};
  const fieldLength = {};
  const fields = FIELDS[kind];
  for (const [word, steps] of pieces.flatMap(Object.entries)) {
    const entry = {};
    steps.forEach((field, i) => {
      const numbers = {};
      let number = 0;
      for (const step of field) {
        number += step;
        numbers[number] = 1;
        documentIds[number] = number;
        fieldLength[number] ??= fields.map(() => 1);
      }
      if (field.length) entry[i] = numbers;
    });
    index.push([word, entry]);
  }
  const count = kind === "names" ? about.records : about.entries;
  const rank = kind === "names" ? (id) => (id % NAMES_EACH ? 1 : 1.3) * early(id / NAMES_EACH) : (id) => early(id / 8);
  return MiniSearch.loadJS(
    {
      index,
      documentIds,
      fieldLength,
      documentCount: count,
      nextId: Infinity,
      fieldIds: Object.fromEntries(fields.map((field, i) => [field, i])),
      averageFieldLength: fields.map(() => 1),
      storedFields: {},
      dirtCount: 0,
      serializationVersion: 2,
    },
    {
      fields,
      tokenize: (text) => [text],
      processTerm: (term) => term,
      searchOptions: { boost: BOOST[kind], prefix: true, boostDocument: rank },
    },
  );
}

/** Entries stand in the order of how much refers to them: the first are worth up to a sixth more. */
const early = (place) => 1 + 1 / (6 + place / 8);
