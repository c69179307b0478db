// Writes the log of client and program to stderr, by the client's logLevel.

export type LogLevel = 'silent' | 'info' | 'debug';

/** One line of the program's JSON log. `event` names what happened; the other fields belong to the event. */
export interface LogRecord {
  time: string;
  level: 'error' | 'warn' | 'info' | 'debug';
  message: string;
  event?: string;
  [field: string]: unknown;
}

export type Logger = (record: Pick<LogRecord, 'level' | 'message'>) => void;

export function createLogger(level: LogLevel): Logger {
  if (level === 'silent') return () => {};
  return (record) => {
    if (record.level === 'debug' && level !== 'debug') return;
    process.stderr.write(`aluvia-connect: ${record.level}: ${record.message}\n`);
  };
}
