//! Refuses a value whose numbers canonical JSON would silently change: integers that a double
//! cannot carry become their neighbours, and a nested NaN becomes `null`.
//!
//! It walks a value as a serializer and writes nothing; it knows only serde.

use std::fmt::Display;

use serde::ser;
use serde::{Serialize, Serializer};

use super::hash::LeafError;

/// 2^53 − 1, the largest integer up to which doubles are exact (RFC 7493 §2.2).
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

type Checked = Result<(), LeafError>;

/// Refuses `value` if any number in it, keys included, is not exact in canonical JSON.
pub(super) fn check(value: &(impl Serialize + ?Sized)) -> Checked {
    value.serialize(Walk)
}

#[derive(Clone, Copy)]
struct Walk;

fn integer(magnitude: u64) -> Checked {
    if magnitude > MAX_SAFE_INTEGER {
        return Err(LeafError::InexactInteger);
    }
    Ok(())
}

fn float(number: f64) -> Checked {
    if number.is_finite() {
        return Ok(());
    }
    Err(LeafError::NotFinite)
}

impl ser::Error for LeafError {
    fn custom<T: Display>(message: T) -> Self {
        Self::Json(ser::Error::custom(message))
    }
}

/// Methods of [`Serializer`] for values that hold no inexact number.
macro_rules! exact {
    ($($method:ident($($argument:ty),*);)*) => {
        $(fn $method(self, $(_: $argument),*) -> Checked { Ok(()) })*
    };
}

/// Methods of [`Serializer`] for values made of others.
macro_rules! compound {
    ($($method:ident($($argument:ty),*) -> $part:ident;)*) => {
        $(
            type $part = Self;
            fn $method(self, $(_: $argument),*) -> Result<Self, LeafError> { Ok(self) }
        )*
    };
}

impl Serializer for Walk {
    type Ok = ();
    type Error = LeafError;

    exact! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    compound! {
        serialize_seq(Option<usize>) -> SerializeSeq;
        serialize_tuple(usize) -> SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> SerializeTupleVariant;
        serialize_map(Option<usize>) -> SerializeMap;
        serialize_struct(&'static str, usize) -> SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> SerializeStructVariant;
    }

    fn serialize_i64(self, number: i64) -> Checked {
        integer(number.unsigned_abs())
    }

    fn serialize_u64(self, number: u64) -> Checked {
        integer(number)
    }

    fn serialize_f32(self, number: f32) -> Checked {
        float(f64::from(number))
    }

    fn serialize_f64(self, number: f64) -> Checked {
        float(number)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Checked {
        check(value)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Checked {
        check(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Checked {
        check(value)
    }

    fn collect_str<T: Display + ?Sized>(self, _: &T) -> Checked {
        Ok(())
    }
}

/// The traits through which a compound hands over its parts: each part is checked on its own.
macro_rules! parts {
    ($($part:ident { $($method:ident($($name:ty)?);)+ })*) => {
        $(impl ser::$part for Walk {
            type Ok = ();
            type Error = LeafError;

            $(fn $method<T: Serialize + ?Sized>(&mut self, $(_: $name,)? value: &T) -> Checked {
                check(value)
            })+

            fn end(self) -> Checked {
                Ok(())
            }
        })*
    };
}

parts! {
    SerializeSeq { serialize_element(); }
    SerializeTuple { serialize_element(); }
    SerializeTupleStruct { serialize_field(); }
    SerializeTupleVariant { serialize_field(); }
    SerializeMap { serialize_key(); serialize_value(); }
    SerializeStruct { serialize_field(&'static str); }
    SerializeStructVariant { serialize_field(&'static str); }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::super::hash::canonical;
    use super::*;

    #[test]
    fn the_last_exact_integer_passes_and_the_next_is_refused() {
        for number in [MAX_SAFE_INTEGER, 0] {
            let text = canonical(&json!({ "n": [number] })).unwrap();
            assert_eq!(text, format!("{{\"n\":[{number}]}}"));
        }
        assert_eq!(canonical(&-9_007_199_254_740_991_i64).unwrap(), "-9007199254740991");
        let inexact = |refused| matches!(refused, Err(LeafError::InexactInteger));
        assert!(inexact(canonical(&json!({"n": [MAX_SAFE_INTEGER + 1]}))));
        assert!(inexact(canonical(&-9_007_199_254_740_992_i64)));
        assert!(inexact(canonical(&Some(i64::MIN))));
        assert!(inexact(canonical(&BTreeMap::from([(u64::MAX, 0)]))));
        assert!(canonical(&u128::MAX).is_err());
    }

    #[test]
    fn a_number_that_is_none_is_refused_however_deep() {
        #[derive(Serialize)]
        enum Shape {
            Newtype(f64),
            Tuple(u8, f64),
            Struct { field: Option<f64> },
        }
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let refused = [
                canonical(&number),
                canonical(&[number]),
                canonical(&Shape::Newtype(number)),
                canonical(&Shape::Tuple(0, number)),
                canonical(&Shape::Struct { field: Some(number) }),
                canonical(&BTreeMap::from([("key", number)])),
            ];
            assert!(refused.iter().all(|one| matches!(one, Err(LeafError::NotFinite))));
        }
    }

    #[test]
    fn a_key_given_twice_is_refused() {
        #[derive(Serialize)]
        struct Twice {
            key: u8,
            #[serde(flatten)]
            rest: BTreeMap<&'static str, u8>,
        }
        let twice = Twice { key: 1, rest: BTreeMap::from([("key", 2)]) };
        assert!(matches!(canonical(&twice), Err(LeafError::Json(_))));
    }
}
