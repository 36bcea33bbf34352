export { testBroker, type BrokerFeatures, type BrokerUnderTest } from "./broker-suite.ts";
export { createSimulation, type Simulation, type SimulationOptions } from "./simulation.ts";
export { createRandomWords } from "./random.ts";
export { testStore, type CreateStoreUnderTest, type StoreUnderTest } from "./store-suite.ts";
