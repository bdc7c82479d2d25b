/** The recipe of an OCI image, to be built where the files lie: `podman build -f Containerfile .` */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Made, Release } from './context.ts';

const text = ({ version, description, license }: Release): string =>
  `# entangle ${version}: podman build -t entangle:${version} -f Containerfile .
FROM debian:stable-slim
LABEL org.opencontainers.image.title="entangle" \\
      org.opencontainers.image.description="${description}" \\
      org.opencontainers.image.version="${version}" \\
      org.opencontainers.image.licenses="${license}"
RUN apt-get update \\
 && apt-get install -y --no-install-recommends bubblewrap ca-certificates git libsecret-1-0 openssh-client \\
 && rm -rf /var/lib/apt/lists/*
COPY entangle-linux-* SHA256SUMS /tmp/entangle/
RUN cd /tmp/entangle \\
 && case "$(dpkg --print-architecture)" in amd64) file=entangle-linux-x64 ;; arm64) file=entangle-linux-arm64 ;; esac \\
 && grep " $file\\$" SHA256SUMS | sha256sum -c - \\
 && install -m 755 "$file" /usr/local/bin/entangle \\
 && rm -rf /tmp/entangle
RUN useradd --create-home --uid 10001 entangle
USER entangle
WORKDIR /home/entangle
ENTRYPOINT ["entangle"]
`;

export const image = (release: Release): Made => {
  writeFileSync(join(release.out, 'Containerfile'), text(release));
  return { file: 'Containerfile' };
};
