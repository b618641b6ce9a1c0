/** Page that shows the API description; its scripts come from this server. @param root public path prefix without final slash */
export function swaggerPage(root: string): string {
  const assets = `${root}/docs/assets`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Infrastructure Manager API</title>
<link rel="stylesheet" href="${assets}/swagger-ui.css">
<link rel="icon" href="${assets}/favicon-32x32.png">
</head>
<body>
<div id="api"></div>
<script src="${assets}/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({ url: '${root}/openapi.json', dom_id: '#api' });</script>
</body>
</html>
`;
}
