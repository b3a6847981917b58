//! The pure core: *(subject, SOP, command, who, now)* becomes events or one refusal.
//! It knows no clock, no database, no HTTP.
