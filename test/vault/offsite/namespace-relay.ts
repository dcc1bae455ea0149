/** Inside the namespace of the gateway: leads whoever comes to this socket in the file system to the gateway's port. */
import { connect, createServer } from 'node:net';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('give the path of the socket');
createServer((near) => {
  const far = connect(7480, '127.0.0.1');
  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
  near.pipe(far).pipe(near);
}).listen(path);
