// A file of its own, because the page allows no script inside its HTML.
SwaggerUIBundle({
  domNode: document.getElementById("operations"),
  url: document.getElementById("operations").dataset.document,
  deepLinking: true,
  // Two hundred operations drawn at once keep a browser busy for half a minute; a section opens when it is asked for.
  docExpansion: "none",
  filter: true,
  presets: [SwaggerUIBundle.presets.apis],
});
