import { LuaFloat } from "./values.ts";

/** What Lua reads as a number, anchored at the start. */
export const NUMERAL: RegExp =
  /^[+-]?(?:0[xX](?:[\da-fA-F]+\.?[\da-fA-F]*|\.[\da-fA-F]+)(?:[pP][+-]?\d+)?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/;

/** The number that a numeral means: an integer of 64 bits, or a float. */
export function parseNumeral(text: string): bigint | LuaFloat {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[+-]/, "");
  if (/^0[xX][\da-fA-F]+$/.test(digits)) {
    return BigInt.asIntN(64, BigInt(digits) * BigInt(sign)); // Hexadecimal wraps around in Lua.
  }
  if (/^\d+$/.test(digits)) {
    const integer = BigInt(digits) * BigInt(sign);
    if (BigInt.asIntN(64, integer) === integer) return integer;
  }
  const hex = /^0[xX]([\da-fA-F]*)\.?([\da-fA-F]*)(?:[pP]([+-]?\d+))?$/.exec(digits);
  if (hex === null) return new LuaFloat(sign * Number(digits));
  const [, whole = "", fraction = "", exponent = "0"] = hex;
  const mantissa = Number(`0x${whole}${fraction}`);
  return new LuaFloat(sign * mantissa * 2 ** (Number(exponent) - 4 * fraction.length));
}
