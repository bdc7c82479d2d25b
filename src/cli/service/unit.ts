/** A serving process as the service manager of a machine starts it: systemd's unit for a person, launchd's agent. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ServiceManager } from '../../core/command-words.ts';
import { sanitize } from '../../core/encoding/sanitize.ts';
import { shellWord } from '../../core/encoding/shell-word.ts';
import { EntangleError, EXIT } from '../../core/errors.ts';

export type Service = {
  /** Of the unit: letters, digits and dashes. */
  name: string;
  description: string;
  /** Absolute. */
  program: string;
  args: readonly string[];
  /** Where it finds git and what engines call. */
  path: string;
};
export type Unit = {
  text: string;
  /** Where the manager looks for it. */
  file: string;
  /** What to type once it is there. */
  next: readonly string[];
};

/** Starting again helps against none of these: what is set up is wrong, is not there, or runs already. */
const FINAL = [EXIT.not_authorized, EXIT.conflict, EXIT.not_found, EXIT.invalid, EXIT.usage];

/** One word of `systemd.syntax(7)`: `%` begins a specifier in every setting. */
const systemdWord = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%')}"`;
/** `$` begins a variable in arguments, and nowhere else. */
const systemdArg = (text: string): string => systemdWord(text).replaceAll('$', '$$$$');

const systemdUnit = ({ name, description, program, args, path }: Service): Unit => {
  const file = join(homedir(), '.config/systemd/user', `${name}.service`);
  const text = [
    '[Unit]',
    `Description=${description.replaceAll('%', '%%')}`,
    '',
    '[Service]',
    `ExecStart=${[systemdWord(program), ...args.map(systemdArg)].join(' ')}`,
    `Environment=${systemdWord(`PATH=${path}`)}`,
    'UMask=0077',
    // Told to stop, it ends its own children: an engine that systemd ended would be a failed turn
    'KillMode=mixed',
    'Restart=always',
    'RestartSec=5',
    `RestartPreventExitStatus=${FINAL.join(' ')}`,
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ].join('\n');
  return {
    text,
    file,
    next: [
      // Else it lives from login to logout
      'loginctl enable-linger',
      'systemctl --user daemon-reload',
      `systemctl --user enable --now ${name}`,
      `journalctl --user -fu ${name}`,
    ],
  };
};

const XML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const xmlString = (text: string): string =>
  `<string>${text.replace(/[&<>]/g, (sign) => XML[sign]!)}</string>`;

const launchdAgent = ({ name, program, args, path }: Service): Unit => {
  const label = `dev.${name}`;
  const file = join(homedir(), 'Library/LaunchAgents', `${label}.plist`);
  const log = join(homedir(), 'Library/Logs', `${name}.log`);
  const text = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    `  <key>Label</key>${xmlString(label)}`,
    '  <key>ProgramArguments</key>',
    '  <array>',
    ...[program, ...args].map((word) => `    ${xmlString(word)}`),
    '  </array>',
    `  <key>EnvironmentVariables</key><dict><key>PATH</key>${xmlString(path)}</dict>`,
    `  <key>StandardOutPath</key>${xmlString(log)}`,
    `  <key>StandardErrorPath</key>${xmlString(log)}`,
    '  <key>Umask</key><integer>63</integer>',
    '  <key>RunAtLoad</key><true/>',
    // It knows no exit codes: whatever ends is started again, every half minute
    '  <key>KeepAlive</key><true/>',
    '  <key>ThrottleInterval</key><integer>30</integer>',
    '</dict>',
    '</plist>',
    '',
  ].join('\n');
  return { text, file, next: [`launchctl bootstrap gui/$(id -u) ${shellWord(file)}`] };
};

const UNITS: Readonly<Record<ServiceManager, (service: Service) => Unit>> = {
  systemd: systemdUnit,
  launchd: launchdAgent,
};

/** Refuses words that would be printed as other ones; among them are all that no unit can hold. */
export const unitOf = (manager: ServiceManager, service: Service): Unit => {
  for (const word of [service.program, ...service.args, service.path])
    if (sanitize(word) !== word)
      throw new EntangleError('usage', `a unit cannot hold the path ${sanitize(word)}`, {
        hint: 'use a path without line ends, invisible and look-alike characters',
      });
  return UNITS[manager](service);
};
