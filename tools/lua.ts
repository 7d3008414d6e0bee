/** The command `deno task lua`. */
import { luaCommand } from "../scenarios/command.ts";

const write = (stream: typeof Deno.stdout) => (text: string) => {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
};

Deno.exitCode = await luaCommand(Deno.args, {
  out: write(Deno.stdout),
  err: write(Deno.stderr),
});
