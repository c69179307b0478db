// Where the program under test stands.
if (!process.env.ALUVIA_CONNECT) {
  throw new Error('set ALUVIA_CONNECT to the path of the aluvia-connect binary (ctest does it)');
}

export const aluviaConnect = process.env.ALUVIA_CONNECT;
