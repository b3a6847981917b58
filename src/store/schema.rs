//! The tables of the core as diesel sees them: portable types only, times as microseconds.

diesel::table! {
    leaves (idx) {
        idx -> BigInt,
        hash -> Text,
        subject_kind -> Text,
        subject -> Text,
        seq -> BigInt,
        kind -> Text,
        actor -> Nullable<Text>,
        at -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    ledger_head (id) {
        id -> Integer,
        size -> BigInt,
        frontier -> Text,
        at -> BigInt,
        laws -> Text,
        roster -> BigInt,
        orders -> BigInt,
    }
}

diesel::table! {
    nodes (level, idx) {
        level -> Integer,
        idx -> BigInt,
        hash -> Text,
    }
}

diesel::table! {
    openings (commitment) {
        commitment -> Text,
        salt -> Text,
        field -> Text,
        value -> Text,
        subject_kind -> Text,
        subject -> Text,
    }
}

diesel::table! {
    exceptions (id) {
        id -> Text,
        number -> Text,
        seq -> BigInt,
        version -> BigInt,
        state -> Text,
        tier -> Nullable<Text>,
        kind -> Nullable<Text>,
        requester -> Text,
        business_unit -> Nullable<Text>,
        confidential -> Bool,
        sop -> Text,
        sop_version -> Integer,
        drafted_at -> BigInt,
        changed_at -> BigInt,
        due_at -> Nullable<BigInt>,
        starts_at -> Nullable<BigInt>,
        effective_until -> Nullable<BigInt>,
        wake_at -> Nullable<BigInt>,
        authority_round -> Nullable<Integer>,
        authority_dossier -> Nullable<Text>,
        title -> Nullable<Text>,
        body -> Text,
        serial -> BigInt,
        severity -> Nullable<BigInt>,
        ends_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    exception_facets (facet, value, serial) {
        facet -> Text,
        value -> Text,
        serial -> BigInt,
        exception -> Text,
    }
}

diesel::table! {
    approvals (exception, leaf) {
        exception -> Text,
        round -> Integer,
        dossier -> Text,
        human -> Text,
        principal -> Text,
        leaf -> BigInt,
        at -> BigInt,
        voided -> Bool,
    }
}

diesel::table! {
    tasks (id) {
        id -> Text,
        exception -> Text,
        step -> Text,
        work -> Text,
        roles -> Text,
        assignee -> Nullable<Text>,
        opened_at -> BigInt,
        due_at -> BigInt,
        closed_at -> Nullable<BigInt>,
        body -> Text,
        serial -> BigInt,
    }
}

diesel::table! {
    outbox (id) {
        id -> Text,
        dedupe_key -> Text,
        kind -> Text,
        payload -> Text,
        attempts -> Integer,
        next_at -> BigInt,
        lease_owner -> Nullable<Text>,
        lease_until -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
        state -> Text,
        lane -> Text,
    }
}

diesel::table! {
    idempotency (principal, verb, key) {
        principal -> Text,
        verb -> Text,
        key -> Text,
        body_hash -> Text,
        subject -> Text,
        seq -> BigInt,
        events -> Integer,
        at -> BigInt,
    }
}

diesel::table! {
    sops (id, version) {
        id -> Text,
        version -> Integer,
        hash -> Text,
        document -> Text,
        leaf -> BigInt,
        published_at -> BigInt,
    }
}

diesel::table! {
    sop_retirements (id, version) {
        id -> Text,
        version -> Integer,
        leaf -> BigInt,
        retired_at -> BigInt,
    }
}

diesel::table! {
    sop_shadows (id) {
        id -> Text,
        version -> Integer,
        hash -> Text,
        document -> Text,
        leaf -> BigInt,
        begun_at -> BigInt,
    }
}

diesel::table! {
    documents (hash) {
        hash -> Text,
        text -> Text,
    }
}

diesel::table! {
    register_versions (kind, id, version) {
        kind -> Text,
        id -> Text,
        version -> Integer,
        weight -> Text,
        hash -> Text,
        leaf -> BigInt,
        published_at -> BigInt,
        published_by -> Nullable<Text>,
    }
}

diesel::table! {
    stale (exception, kind, id) {
        exception -> Text,
        kind -> Text,
        id -> Text,
        version -> Integer,
    }
}

diesel::table! {
    cosignatures (size, witness) {
        size -> BigInt,
        witness -> Text,
        line -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    witness_tries (witness) {
        witness -> Text,
        at -> BigInt,
        failures -> Integer,
        why -> Text,
        known -> Nullable<BigInt>,
    }
}

diesel::table! {
    checkpoints (size) {
        size -> BigInt,
        root -> Text,
        note -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    ledger_alarm (id) {
        id -> Integer,
        at -> BigInt,
        why -> Text,
    }
}

diesel::joinable!(register_versions -> documents (hash));
diesel::allow_tables_to_appear_in_same_query!(register_versions, documents);
diesel::allow_tables_to_appear_in_same_query!(exceptions, exception_facets, tasks, openings, approvals);
