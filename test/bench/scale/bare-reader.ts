/**
 * A program that reads all pages of an API server once and throws them away: a process of its own, so that what it costs can be told. Arguments:
 * address, CA file, token, form. Writes what it read and the CPU that this took, in milliseconds, as JSON.
 */
import { readAndDiscard } from '../agent/read-and-discard.ts';

const [url = '', caFile = '', adminToken = '', form] = process.argv.slice(2);
const before = process.cpuUsage();
const floor = await readAndDiscard({ url, caFile, adminToken }, form === 'json' ? 'json' : 'protobuf');
const { user, system } = process.cpuUsage(before);
process.stdout.write(`${JSON.stringify({ ...floor, cpuMs: (user + system) / 1000 })}\n`);
