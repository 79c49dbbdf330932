// The files for machines that are lists: every statement, the records of a type, the records to search, the addresses.
import { records } from "./print.js";

const all = Object.values(records);
const made = {
  "api/v1/statements.json": () => `[${all.map((record) => record.said).join(",")}]`,
  "search.json": () => `[${all.map((record) => record.search).join(",")}]`,
  "sitemap.xml": () =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${all.map((r) => `<url><loc>http://127.0.0.1:8000/${r.type}/${r.id}/</loc></url>`).join("\n")}\n</urlset>\n`,
};
for (const type of new Set(all.map((record) => record.type)))
  made[`api/v1/${type}.json`] = () => `[${all.filter((r) => r.type === type).map((r) => `${r.own}${r.said}]}`).join(",")}]`;

export const data = {
  files: Object.keys(made),
  pagination: { data: "files", size: 1, alias: "file" },
  permalink: ({ file }) => `/${file}`,
};
export const render = ({ file }) => made[file]();
