//! One question of a form, as the templates of the kit ask it. It knows no form, and no answer.

use std::fmt::Display;

use super::Sheet;

/// How an answer is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Line,
    Email,
    Secret,
    Number,
    Long,
    Select,
    Radios,
    Checks,
    Date,
}

/// One of several answers.
#[derive(Debug, Clone, Default)]
pub(in crate::web::pages) struct Choice {
    pub(in crate::web::pages) value: String,
    pub(in crate::web::pages) label: String,
    pub(in crate::web::pages) hint: String,
}

impl Choice {
    /// An answer with its label.
    pub(in crate::web::pages) fn new(value: impl Display, label: impl Display) -> Self {
        Self { value: value.to_string(), label: label.to_string(), hint: String::new() }
    }

    /// The same with a hint.
    #[must_use]
    pub(in crate::web::pages) fn hinted(mut self, hint: impl Display) -> Self {
        self.hint = hint.to_string();
        self
    }
}

/// A part of a date.
#[derive(Debug, Clone, Copy)]
pub(in crate::web::pages) struct DatePart {
    pub(in crate::web::pages) name: &'static str,
    pub(in crate::web::pages) key: &'static str,
}

const DATE_PARTS: [DatePart; 3] = [
    DatePart { name: "day", key: "date-of-day" },
    DatePart { name: "month", key: "date-of-month" },
    DatePart { name: "year", key: "date-of-year" },
];

/// One question: its name, what is asked, and how it is answered.
#[derive(Debug, Clone)]
pub(in crate::web::pages) struct Question {
    pub(in crate::web::pages) name: String,
    pub(in crate::web::pages) label: String,
    pub(in crate::web::pages) hint: String,
    pub(in crate::web::pages) options: Vec<Choice>,
    pub(in crate::web::pages) optional: bool,
    pub(in crate::web::pages) autocomplete: &'static str,
    pub(in crate::web::pages) most: u32,
    way: Way,
}

impl Question {
    fn of(way: Way, name: impl Display, label: impl Display) -> Self {
        Self {
            name: name.to_string(),
            label: label.to_string(),
            hint: String::new(),
            options: Vec::new(),
            optional: false,
            autocomplete: "",
            most: if way == Way::Long { 10_000 } else { 320 },
            way,
        }
    }

    /// One line.
    pub(in crate::web::pages) fn line(name: impl Display, label: impl Display) -> Self {
        Self::of(Way::Line, name, label)
    }

    /// A mail address.
    pub(in crate::web::pages) fn email(name: impl Display, label: impl Display) -> Self {
        Self { autocomplete: "username", ..Self::of(Way::Email, name, label) }
    }

    /// A password; it is never shown again.
    pub(in crate::web::pages) fn secret(name: impl Display, label: impl Display, autocomplete: &'static str) -> Self {
        Self { autocomplete, most: 1024, ..Self::of(Way::Secret, name, label) }
    }

    /// A whole number.
    pub(in crate::web::pages) fn number(name: impl Display, label: impl Display) -> Self {
        Self { most: 6, ..Self::of(Way::Number, name, label) }
    }

    /// Several lines.
    pub(in crate::web::pages) fn long(name: impl Display, label: impl Display) -> Self {
        Self::of(Way::Long, name, label)
    }

    /// One of many.
    pub(in crate::web::pages) fn select(name: impl Display, label: impl Display, options: Vec<Choice>) -> Self {
        Self { options, ..Self::of(Way::Select, name, label) }
    }

    /// One of a few.
    pub(in crate::web::pages) fn radios(name: impl Display, label: impl Display, options: Vec<Choice>) -> Self {
        Self { options, ..Self::of(Way::Radios, name, label) }
    }

    /// Any of them.
    pub(in crate::web::pages) fn checks(name: impl Display, label: impl Display, options: Vec<Choice>) -> Self {
        Self { options, ..Self::of(Way::Checks, name, label) }
    }

    /// A day, in three fields.
    pub(in crate::web::pages) fn date(name: impl Display, label: impl Display) -> Self {
        Self::of(Way::Date, name, label)
    }

    /// The same with a hint.
    #[must_use]
    pub(in crate::web::pages) fn hinted(mut self, hint: impl Display) -> Self {
        self.hint = hint.to_string();
        self
    }

    /// The same for at most so many characters.
    #[must_use]
    pub(in crate::web::pages) const fn at_most(mut self, most: u32) -> Self {
        self.most = most;
        self
    }

    /// The same, filled in by browsers as this says (HTML §4.10.18.7).
    #[must_use]
    pub(in crate::web::pages) fn filled_by(mut self, autocomplete: &'static str) -> Self {
        self.autocomplete = autocomplete;
        self
    }

    /// The same, not optional after all.
    #[must_use]
    pub(in crate::web::pages) fn needed(mut self) -> Self {
        self.optional = false;
        self
    }

    /// The same, marked as optional.
    #[must_use]
    pub(in crate::web::pages) fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    pub(in crate::web::pages) fn is_group(&self) -> bool {
        matches!(self.way, Way::Radios | Way::Checks | Way::Date)
    }

    pub(in crate::web::pages) fn is_date(&self) -> bool {
        self.way == Way::Date
    }

    pub(in crate::web::pages) fn is_long(&self) -> bool {
        self.way == Way::Long
    }

    pub(in crate::web::pages) fn is_select(&self) -> bool {
        self.way == Way::Select
    }

    pub(in crate::web::pages) fn is_short(&self) -> bool {
        self.way == Way::Number
    }

    pub(in crate::web::pages) fn is_secret(&self) -> bool {
        self.way == Way::Secret
    }

    /// The `type` of its `input` (HTML §4.10.5).
    pub(in crate::web::pages) fn input_type(&self) -> &'static str {
        match self.way {
            Way::Line | Way::Number | Way::Long | Way::Select | Way::Date => "text",
            Way::Email => "email",
            Way::Secret => "password",
            Way::Radios => "radio",
            Way::Checks => "checkbox",
        }
    }

    /// Its parts, where it is a date.
    pub(in crate::web::pages) fn date_parts(&self) -> &'static [DatePart] {
        if self.is_date() { &DATE_PARTS } else { &[] }
    }

    /// The id of a part of a date; the first has the field's own, so that a mistake leads there.
    pub(in crate::web::pages) fn part_id(&self, part: &DatePart) -> String {
        if part.name == "day" { self.name.clone() } else { format!("{}-{}", self.name, part.name) }
    }

    /// The id of a choice; the first has the field's own.
    pub(in crate::web::pages) fn choice_id(&self, at: impl std::borrow::Borrow<usize>) -> String {
        let at = at.borrow();
        if *at == 0 { self.name.clone() } else { format!("{}-{at}", self.name) }
    }

    /// What describes it, by id.
    pub(in crate::web::pages) fn described_by(&self, sheet: &Sheet) -> Option<String> {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        let mistake = sheet.mistake(&self.name).map(|_| format!("{}-mistake", self.name));
        let all: Vec<String> = hint.into_iter().chain(mistake).collect();
        (!all.is_empty()).then(|| all.join(" "))
    }
}
