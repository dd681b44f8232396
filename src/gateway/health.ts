/** The door to grpc-health-check: health v1 of the server and of each service. */
import { HealthImplementation } from 'grpc-health-check';

export interface Health {
  addTo(server: Parameters<HealthImplementation['addToServer']>[0]): void;
  set(status: 'SERVING' | 'NOT_SERVING'): void;
}

/** Not serving until told so. The name '' stands for the server as a whole. */
export function createHealth(services: readonly string[]): Health {
  const names = ['', ...services];
  const health = new HealthImplementation(
    Object.fromEntries(names.map((name) => [name, 'NOT_SERVING' as const])),
  );
  return {
    addTo: (server) => health.addToServer(server),
    set(status) {
      for (const name of names) health.setStatus(name, status);
    },
  };
}
