//! A form between the browser and the door: what was typed, the questions, and the mistakes at their fields.
//! A field's name is its JSON Pointer with dots for slashes, so that a problem finds its field by itself.
//! It knows no form.

mod question;

pub(super) use question::{Choice, Question};

use serde_json::{Map, Value};

use super::{refused, text::Tongue};
use crate::{
    web::problem::{FieldError, Problem},
    words::Hash,
};

/// What a form carries beside its fields.
const OWN: [&str; 3] = ["form_token", "once", "version"];

/// Fields as they were sent, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields(pub(super) Vec<(String, String)>);

impl Fields {
    /// The first value of a field; nothing where it was not sent. Line ends are those of the text, not of the form.
    pub(super) fn text(&self, name: &str) -> String {
        let found = self.0.iter().find(|(sent, _)| sent == name);
        found.map(|(_, value)| value.replace("\r\n", "\n")).unwrap_or_default()
    }

    /// The first value, where it says something.
    pub(super) fn said(&self, name: &str) -> Option<String> {
        Some(self.text(name).trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// Every value of a field that says something.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        let values = self.0.iter().filter(|(sent, _)| sent == name).map(|(_, value)| value.trim().to_owned());
        values.filter(|value| !value.is_empty()).collect()
    }

    /// The same with one field in place of what was there.
    #[must_use]
    pub(super) fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.retain(|(sent, _)| sent != name);
        self.0.push((name.to_owned(), value.into()));
        self
    }

    /// The day of a date in three fields, at its beginning in UTC (RFC 3339); what is none comes back as typed.
    pub(super) fn date(&self, name: &str) -> Option<String> {
        let part = |part: &str| self.text(&format!("{name}-{part}")).trim().to_owned();
        let (day, month, year) = (part("day"), part("month"), part("year"));
        if day.is_empty() && month.is_empty() && year.is_empty() {
            return None;
        }
        Some(format!("{year:0>4}-{month:0>2}-{day:0>2}T00:00:00Z"))
    }

    /// What somebody typed, without what the form carries by itself.
    pub(super) fn typed(&self) -> Self {
        Self(self.0.iter().filter(|(name, _)| !OWN.contains(&name.as_str())).cloned().collect())
    }

    /// The same with what makes it one command and names its version: what is sent again is the same sending.
    pub(super) fn carried(&self) -> Self {
        Self(self.0.iter().filter(|(name, _)| name != "form_token").cloned().collect())
    }

    /// What tells this sending from one with other content.
    pub(super) fn hash(&self) -> Hash {
        Hash::of(format!("{:?}", self.typed().0).as_bytes())
    }

    /// Those of these fields that say something, as a JSON object of texts.
    pub(super) fn object(&self, names: &[&str]) -> Map<String, Value> {
        let said = names.iter().filter_map(|name| Some(((*name).to_owned(), Value::String(self.said(name)?))));
        said.collect()
    }
}

/// A field to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    /// The field's name.
    pub(super) field: String,
    /// The id of the control to go to.
    pub(super) target: String,
    /// What is wrong.
    pub(super) text: String,
}

/// A form as it is shown: with what its session and this very showing of it carry, what was typed, and what is wrong.
#[derive(Debug, Clone, Default)]
pub(super) struct Sheet {
    pub(super) token: String,
    pub(super) once: String,
    pub(super) fields: Fields,
    pub(super) mistakes: Vec<Mistake>,
    pub(super) said: Option<String>,
    /// The version that what was typed was made from: shown again, it still names that one, so that nobody undoes
    /// what they have not seen by sending it once more.
    pub(super) version: Option<u64>,
}

impl Sheet {
    /// The same form with these values.
    #[must_use]
    pub(super) fn filled(mut self, fields: Fields) -> Self {
        self.fields = fields;
        self
    }

    /// The same form as it was refused: each mistake at its field, and what belongs to none above all.
    #[must_use]
    pub(super) fn refused(mut self, problem: &Problem, tongue: Tongue) -> Self {
        let wrong = |error: &FieldError| mistake(&error.pointer, refused::field(error, tongue));
        self.mistakes = problem.errors().iter().map(wrong).collect();
        if self.mistakes.is_empty() {
            self.said = Some(refused::told(problem, tongue));
        }
        self
    }

    /// The same form as it was refused, all of it told above: its fields are on other pages.
    #[must_use]
    pub(super) fn above(mut self, problem: &Problem, tongue: Tongue) -> Self {
        self.said = Some(refused::told(problem, tongue));
        self
    }

    /// The same form with one mistake more.
    #[must_use]
    pub(super) fn wrong(mut self, field: &str, text: impl Into<String>) -> Self {
        self.mistakes.push(Mistake { field: field.to_owned(), target: field.to_owned(), text: text.into() });
        self
    }

    /// The same form as it was refused at some field, with every other answer that lacks, each by what was asked.
    #[must_use]
    pub(super) fn lacking(mut self, questions: &[Question], tongue: Tongue) -> Self {
        if self.mistakes.is_empty() {
            return self;
        }
        let lacks = |question: &&Question| !question.optional && !self.answers(question);
        let lacking: Vec<&Question> = questions.iter().filter(lacks).collect();
        for question in lacking {
            self.mistakes.retain(|mistake| mistake.field != question.name);
            self = self.wrong(&question.name, tongue.say("form-lacking").with("what", &question.label).to_string());
        }
        let place = |mistake: &Mistake| questions.iter().position(|question| question.name == mistake.field);
        self.mistakes.sort_by_key(place);
        self
    }

    fn answers(&self, question: &Question) -> bool {
        match question.date_parts() {
            [] => self.fields.said(&question.name).is_some(),
            parts => parts.iter().any(|part| !self.part(&question.name, part.name).trim().is_empty()),
        }
    }

    /// Is anything wrong?
    pub(super) fn is_wrong(&self) -> bool {
        self.said.is_some() || !self.mistakes.is_empty()
    }

    /// What a field says.
    pub(super) fn value(&self, name: &str) -> String {
        self.fields.text(name)
    }

    /// What a part of a date says.
    pub(super) fn part(&self, name: &str, part: &str) -> String {
        self.fields.text(&format!("{name}-{part}"))
    }

    /// Is this choice made?
    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        self.fields.0.iter().any(|(sent, chosen)| sent == name && chosen == value)
    }

    /// What is wrong with a field.
    pub(super) fn mistake(&self, name: &str) -> Option<&str> {
        self.mistakes.iter().find(|mistake| mistake.field == name).map(|mistake| mistake.text.as_str())
    }
}

/// The field of a JSON Pointer.
pub(super) fn field_of(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

/// `/scope/regions/0` is told at the field `scope.regions`: an element has no field of its own.
fn mistake(pointer: &str, text: String) -> Mistake {
    let mut parts: Vec<&str> = pointer.split('/').filter(|part| !part.is_empty()).collect();
    if parts.len() > 1 && parts.last().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit())) {
        parts.pop();
    }
    let field = parts.join(".");
    Mistake { target: field.clone(), field, text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        web::problem::codes,
        words::{Language, Zone},
    };

    fn english() -> Tongue {
        Tongue { language: Language::En, zone: Zone::UTC }
    }

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_mistake_finds_its_field() {
        let problem = Problem::field(codes::INVALID_VALUE, "/scope/regions/0", "no such region");
        let sheet = Sheet::default().filled(fields(&[("scope.regions", "EU")])).refused(&problem, english());
        assert_eq!(sheet.mistake("scope.regions"), Some("no such region"));
        assert_eq!((sheet.value("scope.regions").as_str(), sheet.said.is_none()), ("EU", true));
    }

    #[test]
    fn all_that_lacks_is_told_by_what_was_asked() {
        let asked =
            [Question::line("name", "Name"), Question::date("ends", "Until"), Question::line("more", "").optional()];
        let problem = Problem::field(codes::INVALID_VALUE, "/name", "too long");
        let typed = |pairs| Sheet::default().filled(fields(pairs)).refused(&problem, english());
        let told = |sheet: Sheet| {
            let sheet = sheet.lacking(&asked, english());
            sheet.mistakes.into_iter().map(|mistake| mistake.text).collect::<Vec<_>>()
        };
        assert_eq!(told(typed(&[("name", "x")])), ["too long", "Missing: Until"]);
        assert_eq!(told(typed(&[("ends-month", "3")])), ["Missing: Name"]);
        assert!(told(Sheet::default()).is_empty(), "nothing was sent yet");
    }

    #[test]
    fn a_refusal_without_a_field_stands_above_all() {
        let sheet = Sheet::default().refused(&Problem::new(codes::WRONG_STATE, "not now"), english());
        assert!(sheet.is_wrong() && sheet.said.is_some_and(|said| said.contains("not now")));
    }

    #[test]
    fn what_the_form_carries_does_not_tell_two_sendings_apart() {
        let one = fields(&[("form_token", "a"), ("once", "1"), ("text", "x")]);
        let again = fields(&[("form_token", "b"), ("once", "2"), ("text", "x")]);
        assert_eq!(one.hash(), again.hash());
        assert_ne!(one.hash(), fields(&[("text", "y")]).hash());
    }

    #[test]
    fn a_date_is_a_day_in_three_fields() {
        let typed = fields(&[("end-day", "2"), ("end-month", "3"), ("end-year", "2026")]);
        assert_eq!(typed.date("end").as_deref(), Some("2026-03-02T00:00:00Z"));
        assert_eq!(typed.date("start"), None);
    }
}
