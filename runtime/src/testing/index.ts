export { testBroker, type BrokerFeatures, type BrokerUnderTest } from "./broker-suite.ts";
export { createSimulation, type Simulation, type SimulationOptions } from "./simulation.ts";
export { createRandomWords } from "./random.ts";
export { testStore, type CreateStoreUnderTest, type StoreUnderTest } from "./store-suite.ts";
export {
  testServerMount,
  type ServerMountFeatures,
  type ServerMountUnderTest,
  type StartServerMount,
} from "./server-suite.ts";
export {
  createFetchSend,
  createHttp1Send,
  createHttp2Send,
  type SuiteRequest,
  type SuiteResponse,
  type SuiteSend,
} from "./server-send.ts";
