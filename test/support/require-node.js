// Says what to do when the Node that the root brings along (devDependency "node") was not installed.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `this is Node ${process.versions.node}; the scripts need 22.18 or newer and bring Node 24 along as a devDependency.\n` +
      "Its install script did not run. Run: npm rebuild node (and npm install-scripts approve node, where npm asks for it)",
  );
  process.exit(1);
}
