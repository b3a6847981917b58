//! The SOP's own fields: a JSON Schema (2020-12) of flat, scalar properties. It knows the schema
//! and checks values against it, nothing else.

use std::{collections::BTreeMap, fmt};

use jsonschema::{PatternOptions, Validator, error::ValidationErrorKind};
use serde_json::{Map, Value, json};

/// Where in the schema, what is wrong, and how to mend it.
pub(super) type SchemaFlaw = (String, String, String);

/// Keywords at the schema's root.
const ROOT: &[&str] = &["$schema", "type", "title", "description", "properties", "required", "additionalProperties"];
/// Keywords of a property.
const PROPERTY: &[&str] =
    &["type", "title", "description", "enum", "minLength", "maxLength", "pattern", "format", "minimum", "maximum"];
const TYPES: &[&str] = &["string", "integer", "number", "boolean"];
const FORMATS: &[&str] = &["date", "uri"];
const MAX_PROPERTIES: usize = 50;

/// What sort of field it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Code,
    Text,
    Number,
    Flag,
}

/// What is wrong with one of a request's own fields, and how to mend it. Values are not repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraFlaw {
    /// Where it stands, as a JSON Pointer into the request.
    pub pointer: String,
    /// What sort of flaw it is.
    pub sort: FlawSort,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub remedy: String,
}

/// What sort of flaw an own field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlawSort {
    /// It is required and not there.
    Missing,
    /// The procedure has no such field.
    Unknown,
    /// Its text has not the form that a pattern or a format asks for.
    Form,
    /// Another sort of value, or one out of its bounds.
    Value,
}

/// The fields and the compiled schema.
pub(super) struct Extra {
    validator: Option<Validator>,
    fields: BTreeMap<String, Field>,
    /// What each field is for, in the words of the schema.
    about: BTreeMap<String, String>,
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Extra({} fields)", self.fields.len())
    }
}

impl Extra {
    /// No fields of its own.
    pub(super) fn none() -> Self {
        Self { validator: None, fields: BTreeMap::new(), about: BTreeMap::new() }
    }

    /// Checks and compiles a schema; flaws are placed relative to it.
    pub(super) fn compile(schema: &Value) -> Result<Self, SchemaFlaw> {
        let fields = closed_object(schema)?;
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            // This engine takes linear time whatever the pattern.
            .with_pattern_options(PatternOptions::regex().size_limit(1 << 20))
            .build(schema)
            .map_err(|error| {
                let at = error.instance_path().to_string();
                let message = format!("not a valid JSON Schema: {error}");
                flaw(&at, message, "see json-schema.org, draft 2020-12")
            })?;
        Ok(Self { validator: Some(validator), about: about(schema), fields })
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    pub(super) fn is_code(&self, field: &str) -> bool {
        self.fields.get(field) == Some(&Field::Code)
    }

    /// What is wrong with a request's own fields, field by field.
    pub(super) fn flaws(&self, extra: &Value) -> Vec<ExtraFlaw> {
        let Some(validator) = &self.validator else {
            let empty = extra.is_null() || extra.as_object().is_some_and(Map::is_empty);
            return if empty { Vec::new() } else { vec![no_fields()] };
        };
        let nothing = json!({});
        let extra = if extra.is_null() { &nothing } else { extra };
        validator.iter_errors(extra).flat_map(|error| self.told(&error)).collect()
    }

    /// One flaw for each field that an error of the schema is about.
    fn told(&self, error: &jsonschema::ValidationError<'_>) -> Vec<ExtraFlaw> {
        let at = error.instance_path().to_string();
        let (sort, names) = member(error.kind());
        let names = if names.is_empty() { vec![at.trim_start_matches('/').to_owned()] } else { names };
        let message = match sort {
            FlawSort::Missing => "the procedure asks for this field".to_owned(),
            FlawSort::Unknown => "the procedure has no such field of its own".to_owned(),
            FlawSort::Form | FlawSort::Value => error.masked().to_string(),
        };
        let flaw = |name: String| ExtraFlaw {
            pointer: format!("/extra/{}", name.replace('~', "~0").replace('/', "~1")),
            sort,
            message: message.clone(),
            remedy: self.remedy(sort, &name),
        };
        names.into_iter().map(flaw).collect()
    }

    fn remedy(&self, sort: FlawSort, name: &str) -> String {
        let about = || self.about.get(name).map_or_else(|| "as the procedure's schema says".to_owned(), Clone::clone);
        match sort {
            FlawSort::Missing => format!("Fill it in: {}", about()),
            FlawSort::Unknown => {
                let known: Vec<&str> = self.fields.keys().map(String::as_str).collect();
                format!("Leave it out; known are {}", known.join(", "))
            }
            FlawSort::Form | FlawSort::Value => format!("Write it anew: {}", about()),
        }
    }

    /// The facts of a request that fills every field: to try expressions on. A text shows its length only.
    pub(super) fn sample(&self) -> Value {
        let fields = self.fields.iter().map(|(name, field)| {
            let value = match field {
                Field::Code => json!("code"),
                Field::Text => json!({"chars": 1}),
                Field::Number => json!(1),
                Field::Flag => json!(true),
            };
            (name.clone(), value)
        });
        Value::Object(fields.collect())
    }
}

fn no_fields() -> ExtraFlaw {
    ExtraFlaw {
        pointer: "/extra".to_owned(),
        sort: FlawSort::Unknown,
        message: "the procedure has no fields of its own".to_owned(),
        remedy: "Leave `extra` out, or choose another procedure".to_owned(),
    }
}

/// The sort of an error, and the fields that it names where it is about the whole object.
fn member(kind: &ValidationErrorKind) -> (FlawSort, Vec<String>) {
    if let ValidationErrorKind::Required { property } = kind {
        (FlawSort::Missing, property.as_str().map(ToOwned::to_owned).into_iter().collect())
    } else if let ValidationErrorKind::AdditionalProperties { unexpected } = kind {
        (FlawSort::Unknown, unexpected.clone())
    } else if matches!(kind, ValidationErrorKind::Pattern { .. } | ValidationErrorKind::Format { .. }) {
        (FlawSort::Form, Vec::new())
    } else {
        (FlawSort::Value, Vec::new())
    }
}

/// What each property is for: its description, or else its title.
fn about(schema: &Value) -> BTreeMap<String, String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let told =
        |rules: &Value| ["description", "title"].iter().find_map(|key| rules.get(key)?.as_str()).map(ToOwned::to_owned);
    properties.into_iter().flatten().filter_map(|(name, rules)| Some((name.clone(), told(rules)?))).collect()
}

fn flaw(at: &str, message: impl Into<String>, hint: &str) -> SchemaFlaw {
    (at.to_owned(), message.into(), hint.to_owned())
}

/// The fields of a schema that allows these and no others.
fn closed_object(schema: &Value) -> Result<BTreeMap<String, Field>, SchemaFlaw> {
    let Value::Object(root) = schema else {
        return Err(flaw("", "not a JSON Schema", "write an object"));
    };
    only("", root, ROOT)?;
    if root.get("type") != Some(&json!("object")) {
        return Err(flaw("/type", "the type is not object", "write `type: object`"));
    }
    if root.get("additionalProperties") != Some(&json!(false)) {
        let hint = "write `additionalProperties: false`";
        return Err(flaw("/additionalProperties", "further fields are not excluded", hint));
    }
    let Some(Value::Object(properties)) = root.get("properties") else {
        return Err(flaw("/properties", "no properties", "list the fields"));
    };
    if properties.is_empty() || properties.len() > MAX_PROPERTIES {
        let message = format!("{} properties", properties.len());
        let hint = format!("list 1 to {MAX_PROPERTIES} fields, or leave `extra` out");
        return Err(flaw("/properties", message, &hint));
    }
    let fields = properties
        .iter()
        .map(|(name, rules)| Ok((name.clone(), property(name, rules)?)))
        .collect::<Result<_, SchemaFlaw>>()?;
    required_are_known(root, &fields)?;
    Ok(fields)
}

fn only(at: &str, object: &Map<String, Value>, known: &[&str]) -> Result<(), SchemaFlaw> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err((
            format!("{at}/{key}"),
            format!("`{key}` is not available here"),
            format!("known: {}", known.join(", ")),
        )),
    }
}

fn required_are_known(root: &Map<String, Value>, fields: &BTreeMap<String, Field>) -> Result<(), SchemaFlaw> {
    let required = root.get("required").and_then(Value::as_array);
    let unknown = required.into_iter().flatten().filter_map(Value::as_str).find(|name| !fields.contains_key(*name));
    match unknown {
        None => Ok(()),
        Some(name) => Err((
            "/required".to_owned(),
            format!("`{name}` is required and not among the properties"),
            "add the property, or do not require it".to_owned(),
        )),
    }
}

fn property(name: &str, rules: &Value) -> Result<Field, SchemaFlaw> {
    let at = format!("/properties/{name}");
    if !super::is_code(name) {
        let hint = "lower-case letters, digits and `_`, at most 60";
        return Err(flaw(&at, format!("`{name}` is no field name"), hint));
    }
    let Value::Object(rules) = rules else {
        return Err(flaw(&at, "not a schema", "write an object"));
    };
    only(&at, rules, PROPERTY)?;
    let word = |key: &str| rules.get(key).and_then(Value::as_str);
    if let Some(format) = word("format").filter(|format| !FORMATS.contains(format)) {
        let (at, hint) = (format!("{at}/format"), FORMATS.join(", "));
        return Err(flaw(&at, format!("unknown format `{format}`"), &hint));
    }
    match (word("type").unwrap_or_default(), rules.get("enum")) {
        ("string", Some(codes)) if is_list_of_codes(codes) => Ok(Field::Code),
        (_, Some(_)) => {
            let (at, hint) = (format!("{at}/enum"), "write `type: string` and strings");
            Err(flaw(&at, "not an enumeration of strings", hint))
        }
        ("string", None) => Ok(Field::Text),
        ("integer" | "number", None) => Ok(Field::Number),
        ("boolean", None) => Ok(Field::Flag),
        (kind, None) => {
            let (at, hint) = (format!("{at}/type"), TYPES.join(", "));
            Err(flaw(&at, format!("`{kind}` is no scalar type"), &hint))
        }
    }
}

fn is_list_of_codes(codes: &Value) -> bool {
    codes.as_array().is_some_and(|codes| !codes.is_empty() && codes.iter().all(Value::is_string))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(properties: &Value) -> Value {
        json!({"type": "object", "properties": properties, "additionalProperties": false})
    }

    #[test]
    fn values_are_checked_and_not_repeated() {
        let extra = Extra::compile(&json!({
            "type": "object",
            "properties": {
                "model_risk": {"type": "string", "enum": ["a", "b"]},
                "note": {"type": "string", "maxLength": 5},
                "go_live": {"type": "string", "format": "date"},
            },
            "required": ["model_risk"],
            "additionalProperties": false,
        }))
        .expect("a schema");
        assert!(extra.flaws(&json!({"model_risk": "a"})).is_empty());
        let pointers = |value: Value| -> Vec<String> {
            let flaws = extra.flaws(&value);
            for flaw in &flaws {
                assert!(!format!("{flaw:?}").contains("secret"), "{flaw:?}");
                assert!(!flaw.remedy.is_empty());
            }
            flaws.into_iter().map(|flaw| flaw.pointer).collect()
        };
        assert_eq!(pointers(Value::Null), ["/extra/model_risk"]);
        assert_eq!(pointers(json!({"model_risk": "secret"})), ["/extra/model_risk"]);
        let long = json!({"model_risk": "b", "note": "secret text"});
        assert_eq!(pointers(long), ["/extra/note"]);
        assert_eq!(pointers(json!({"model_risk": "b", "go_live": "soon"})), ["/extra/go_live"]);
        assert_eq!(pointers(json!({"model_risk": "b", "other": 1, "more": 2})), ["/extra/more", "/extra/other"]);
        assert!(extra.is_code("model_risk") && !extra.is_code("note") && !extra.is_code("x"));
    }

    #[test]
    fn without_a_schema_nothing_may_be_said() {
        assert!(Extra::none().flaws(&Value::Null).is_empty());
        assert!(Extra::none().flaws(&json!({})).is_empty());
        assert_eq!(Extra::none().flaws(&json!({"a": 1})).len(), 1);
    }

    #[test]
    fn schemas_that_are_not_closed_objects_are_refused() {
        let open = json!({"type": "object", "properties": {"a": {"type": "string"}}});
        let unknown = json!({
            "type": "object", "properties": {"a": {"type": "string"}},
            "required": ["b"], "additionalProperties": false,
        });
        let cases = [
            (json!([]), ""),
            (json!({"type": "array"}), "/type"),
            (json!({"type": "object", "allOf": []}), "/allOf"),
            (open, "/additionalProperties"),
            (json!({"type": "object", "additionalProperties": false}), "/properties"),
            (schema(&json!({})), "/properties"),
            (unknown, "/required"),
        ];
        for (schema, at) in cases {
            let flaw = Extra::compile(&schema).expect_err(at);
            assert_eq!(flaw.0, at, "{flaw:?}");
        }
    }

    #[test]
    fn properties_that_are_not_scalars_are_refused() {
        let cases = [
            (json!({"type": "object"}), "/type"),
            (json!({"type": "array"}), "/type"),
            (json!({}), "/type"),
            (json!({"$ref": "https://x.example/"}), "/$ref"),
            (json!({"type": "integer", "enum": [1]}), "/enum"),
            (json!({"type": "string", "enum": []}), "/enum"),
            (json!({"type": "string", "format": "iri"}), "/format"),
            (json!({"type": "string", "maxLength": -1}), "/maxLength"),
            (json!({"type": "string", "pattern": "("}), "/pattern"),
        ];
        for (rules, at) in cases {
            let flaw = Extra::compile(&schema(&json!({"a": rules}))).expect_err(at);
            assert_eq!(flaw.0, format!("/properties/a{at}"), "{flaw:?}");
        }
        let flaw = Extra::compile(&schema(&json!({"A b": {"type": "string"}})));
        assert_eq!(flaw.expect_err("a name").0, "/properties/A b");
    }
}
