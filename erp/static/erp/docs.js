// A file of its own, because the page allows no script inside its HTML.
SwaggerUIBundle({
  domNode: document.getElementById("operations"),
  url: document.getElementById("operations").dataset.document,
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis],
});
