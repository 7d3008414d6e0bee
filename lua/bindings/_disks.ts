import { createIdentity, NetworkError } from "../../network/mod.ts";
import type { Identity, IndrasNetwork } from "../../network/mod.ts";
import { MemoryStore } from "../../sync/mod.ts";
import type { Sources, Store } from "../../sync/mod.ts";
import type { BindingContext } from "./context.ts";

/** What lies at one path: whose it is, and what it keeps. */
export interface Disk {
  /** What it keeps. */
  readonly store: Store;
  /** Whose it is. */
  readonly identity: Identity;
}

/**
 * The paths of one scenario, and which network uses which.
 *
 * A network has its path from the moment it is made until it stops or crashes. Then another may take
 * it over; the first can only have it back when that one has stopped.
 */
export class Disks {
  readonly #disks: Map<string, Disk>;
  readonly #networks: IndrasNetwork[];
  readonly #diskOf: WeakMap<IndrasNetwork, Disk> = new WeakMap();
  /** Who has a disk, or had it last. */
  readonly #users: Map<Disk, IndrasNetwork> = new Map();
  /** Networks that have neither started nor stopped yet: they have their path already. */
  readonly #fresh: WeakSet<IndrasNetwork> = new WeakSet();

  constructor({ networks, disks = new Map() }: BindingContext) {
    this.#disks = disks;
    this.#networks = networks;
  }

  /**
   * Installs an identity where there is none yet; the same again is harmless.
   *
   * @throws {NetworkError} `bad_identity` where another one is.
   */
  install(path: string, identity: Identity): void {
    const known = this.#disks.get(path);
    if (known === undefined) {
      this.#disks.set(path, { store: new MemoryStore(), identity });
    } else if (known.identity.memberId !== identity.memberId) {
      throw new NetworkError(
        "bad_identity",
        `Cannot import identity: "${path}" has another one already`,
      );
    }
  }

  /**
   * Makes a network at a path, with the identity that lies there; a new one if none does.
   *
   * @throws {NetworkError} `storage_error` if another network has the path.
   */
  open(path: string, sources: Sources, make: (disk: Disk) => IndrasNetwork): IndrasNetwork {
    const known = this.#disks.get(path);
    if (known !== undefined) this.#free(known);
    const disk = known ?? { store: new MemoryStore(), identity: createIdentity(sources) };
    this.#disks.set(path, disk);
    const network = make(disk);
    this.#diskOf.set(network, disk);
    this.#fresh.add(network);
    this.#give(disk, network);
    return network;
  }

  /**
   * Lets a network have its path again, before it starts.
   *
   * @throws {NetworkError} `storage_error` if another network has it.
   */
  claim(network: IndrasNetwork): void {
    this.#fresh.delete(network);
    const disk = this.#diskOf.get(network);
    if (disk === undefined || this.#users.get(disk) === network) return;
    this.#free(disk);
    this.#give(disk, network);
  }

  /** A network gives its path back: it stops or crashes. */
  release(network: IndrasNetwork): void {
    this.#fresh.delete(network);
  }

  /** What the last user still holds in memory is out of date as soon as another one writes. */
  #free(disk: Disk): void {
    const user = this.#users.get(disk);
    if (user === undefined) return;
    if (user.isRunning || this.#fresh.has(user)) {
      throw new NetworkError("storage_error", "Storage error: Database is locked");
    }
    user.crash();
  }

  #give(disk: Disk, network: IndrasNetwork): void {
    const before = this.#users.get(disk);
    const at = before === undefined ? -1 : this.#networks.indexOf(before);
    this.#networks.splice(at < 0 ? this.#networks.length : at, at < 0 ? 0 : 1, network);
    this.#users.set(disk, network);
  }
}
