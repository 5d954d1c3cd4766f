/** A Node process that does nothing, to compare an idle program with: what it takes is what any program takes on this machine. */
setInterval(() => undefined, 2 ** 31 - 1);
console.log('{}');
