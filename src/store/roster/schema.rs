//! The tables of the roster as diesel sees them: portable types only, times as microseconds.

diesel::table! {
    /// Accounts.
    people (id) {
        id -> Text,
        human -> Text,
        responsible -> Nullable<Text>,
        active -> Bool,
        name_c -> Text,
        email_c -> Text,
        email_key -> Text,
        password -> Nullable<Text>,
        password_temporary -> Bool,
        added_at -> BigInt,
        changed_at -> BigInt,
        first_leaf -> BigInt,
        away_from -> Nullable<BigInt>,
        away_until -> Nullable<BigInt>,
        stand_in -> Nullable<Text>,
        away_begun -> Bool,
        unit -> Nullable<Text>,
        region -> Nullable<Text>,
        moved_at -> Nullable<BigInt>,
        erased_at -> Nullable<BigInt>,
        held_at -> Nullable<BigInt>,
        hold_c -> Nullable<Text>,
    }
}

diesel::table! {
    /// Roles by domain.
    grants (id) {
        id -> Text,
        person -> Text,
        human -> Text,
        role -> Text,
        domain -> Text,
        leaf -> BigInt,
        granted_at -> BigInt,
        removed_leaf -> Nullable<BigInt>,
        removed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Delegations.
    delegations (id) {
        id -> Text,
        from_person -> Text,
        to_person -> Text,
        starts -> BigInt,
        ends -> BigInt,
        leaf -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// API tokens.
    tokens (id) {
        id -> Text,
        person -> Text,
        hash -> Text,
        scopes -> Text,
        expires_at -> BigInt,
        name_c -> Text,
        issued_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Sessions.
    sessions (id) {
        id -> Text,
        person -> Text,
        hash -> Text,
        signed_in_at -> BigInt,
        expires_at -> BigInt,
        address -> Nullable<Text>,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Changes.
    changes (id) {
        id -> Text,
        action -> Text,
        hash -> Text,
        proposed_by -> Nullable<Text>,
        proposed_at -> BigInt,
        expires_at -> BigInt,
        state -> Text,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
        alone -> Bool,
    }
}

diesel::joinable!(grants -> people (person));
diesel::allow_tables_to_appear_in_same_query!(people, grants);
