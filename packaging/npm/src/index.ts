// Public names of the package.

export type { AgentConnectConfig, BlockAnswer, ClientEvents, Explanation } from './AgentConnectClient';
export { AgentConnectClient } from './AgentConnectClient';
export type { AxiosConfig, GotOptions, NodeAgents, PlaywrightProxy, UndiciDispatcher } from './adapters';
export type { BlockReport } from './blocks';
export { ApiError, InvalidUserTokenError, MissingUserTokenError, ProxyStartError } from './errors';
export type { LogRecord } from './logger';
export type { AgentConnectClientOptions, GatewayProtocol } from './options';
export type { ProgramExit } from './Program';
export type { RequestRecord } from './requests';
export type { AgentConnectSession } from './Session';
export type { RouteUsage, Usage, UsageBy, UsageOptions, UsageSums } from './usage';
export type { WatchablePage, WatchOptions } from './watchPage';
