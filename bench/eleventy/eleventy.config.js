// Eleventy as it comes, with JavaScript templates, the fastest it has: what is printed is worked out before.
export default function (config) {
  config.addPassthroughCopy("assets");
  config.setTemplateFormats("11ty.js");
  return { dir: { input: ".", output: "site" } };
}
