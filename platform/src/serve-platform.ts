import { type RequestHandler, type RunningServer, type ServerAddress, startServer } from './front/server.ts';

/**
 * Puts a platform behind a port; `handle` is its front's, or of what stands before that. Closing the server closes the platform, and so
 * does a port that cannot be had. Throws what `startServer` throws.
 */
export async function servePlatform(
  platform: { close(): Promise<void> },
  handle: RequestHandler,
  address: ServerAddress,
): Promise<RunningServer> {
  const server = await startServer(handle, address).catch(async (error: unknown) => {
    await platform.close();
    throw error;
  });
  return {
    url: server.url,
    close: async () => {
      await server.close();
      await platform.close();
    },
  };
}
