export { connectTransport, type ConnectTransportOptions } from "./transport.ts";
export { createConnectFetchHandler, type ConnectFetchOptions } from "./fetch.ts";
export { connectRoutes, type ConnectRoutesOptions } from "./router.ts";
export { memoryRpcTransport, type MemoryRpcOptions, type RpcFault } from "./memory.ts";
export { fromConnectError, toConnectError } from "./errors.ts";
export type { RpcOperation, RpcService, RpcStreamKind } from "../descriptor/rpc.ts";
