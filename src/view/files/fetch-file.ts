/** A file of the build; null when there is none. Static hosts may answer with their start page instead. */
export async function fetchFile(url: URL): Promise<Response | null> {
  const response = await fetch(url);
  const missing = !response.ok || response.headers.get('content-type')?.includes('text/html');
  return missing ? null : response;
}
