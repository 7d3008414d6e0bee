/** One table or class that scripts see: the functions that it must have, and those beyond them. */
export interface LuaApi {
  /** What scripts that were written elsewhere rely on: `name(parameter, optional?)`. */
  readonly required: readonly string[];
  /** What is there beyond that. */
  readonly added: readonly string[];
}

/**
 * What a script sees of the toolkit, by class: written down here once more, so that neither the
 * bindings nor the stubs can lose a name unnoticed.
 */
export const LUA_API: Readonly<Record<string, LuaApi>> = {
  "indras.Network": {
    required: ["new(path?)", "import_identity(path, base64, passphrase?)"],
    added: [],
  },
  Network: {
    required: [
      ...["start()", "stop()", "is_running()", "id()", "member_id()"],
      ...["display_name()", "set_display_name(name)", "identity_code()", "identity_uri()"],
      ...["export_identity(passphrase?)", "create_realm(name)", "join(invite)", "realms()"],
      ...["get_realm(id)", "leave_realm(id)", "connect(member)", "connect_by_code(code_or_uri)"],
      ...["connect_to(other)", "disconnect_from(other)", "home_realm()", "contacts_realm()"],
      ...["go_offline()", "go_online()", "crash()", "artifact(id)"],
      "known_heads(artifact_id, member)",
    ],
    added: ["recover_from(member)"],
  },
  Realm: {
    required: [
      ...["id()", "name()", "invite_code()", "send(text)", "reply(target, text)"],
      ...["react(target, emoji)", "all_messages()", "messages_since(n)", "search_messages(q)"],
      ...["member_list()", "member_count()", "mark_read(member)", "unread_count(member)"],
      ...["last_read_seq(member)", "document(name)", "document_names()", "set_alias(s)"],
      ...["get_alias()", "clear_alias()"],
    ],
    added: [
      ...["rename(name)", "is_member()", "remove_member(member)", "leave()"],
      ...["create_invite(limits?)", "invites()", "revoke_invite(id)"],
      ...["send_artifact(id, name?)", "announce(text)", "message(target)"],
    ],
  },
  Document: {
    required: ["name()", "read()", "update(value)", "merge(value)", "refresh()"],
    added: [],
  },
  HomeRealm: {
    required: [
      ...["id()", "document(name)", "upload(path, options?)", "get_artifact(id)"],
      ...["grant_access(id, member, mode, expires_at?)", "revoke_access(id, member)"],
      ...["recall(id)", "shared_with(member)", "attach_child(parent, child)"],
      ...["detach_child(parent, child)", "create_artifact(kind, options?)"],
    ],
    added: ["transfer(id, member)"],
  },
  ContactsRealm: {
    required: [
      ...["id()", "add_contact(m)", "add_contact_with_name(m, name)", "remove_contact(m)"],
      ...["is_contact(m)", "contacts_list()", "contact_count()", "confirm_contact(m)"],
      ...["get_status(m)", "update_sentiment(m, n)", "get_sentiment(m)"],
      "set_relayable(m, relayable)",
    ],
    added: [
      ...["get_name(m)", "is_relayable(m)", "block(m)", "unblock(m)", "is_blocked(m)"],
      ...["blocked()", "requests()"],
    ],
  },
  Artifact: {
    required: [
      ...["id()", "kind()", "steward()", "status()", "append_ref(child_id, position?, label?)"],
      ...["remove_ref(child_id)", "references()", "grant(member, mode, expires_at?)"],
      ...["revoke(member)", "grants()", "set_metadata(key, value)", "get_metadata(key)"],
      ...["metadata()", "heads()", "recall()", "transfer(member)"],
    ],
    added: [],
  },
};

/** What a mod sees, by table; `mods` is for scenarios only. */
export const MOD_API: Readonly<Record<string, LuaApi>> = {
  glyphcase: {
    required: [
      ...[
        "query(sql, ...)",
        "queryOne(sql, ...)",
        "queryScalar(sql, ...)",
        "insert(table, values)",
      ],
      ...["insertMultiple(table, rows)", "update(table, id, values)", "delete(table, id)"],
      ...["updateWhere(table, where, params, values)", "deleteWhere(table, where, params)"],
      ...["execute(sql, ...)", "transaction(work)", "dispatch(name, payload?)"],
      "watch(target, handler)",
    ],
    added: [],
  },
  actionbus: { required: ["dispatch(name, payload?)", "register(name, handler)"], added: [] },
  crypto: { required: ["uuid()", "bcrypt(password, cost?)", "verify(password, hash)"], added: [] },
  scheduler: {
    required: ["every(interval, task)", "after(delay, task)", "stop_all()"],
    added: [],
  },
  cache: {
    required: ["set(key, value, ttl?)", "get(key)", "delete(key)", "clear()"],
    added: [],
  },
  mods: {
    required: [],
    added: [
      ...["install(mod)", "upgrade(mod)", "activate(name)", "deactivate(name)", "uninstall(name)"],
      ...["restart()", "list()", "failures()", "output(name)", "call(mod, name, ...)"],
      ...["on(event, handler)", "network()"],
    ],
  },
};
