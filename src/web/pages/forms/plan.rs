//! What each form asks for: headings of the field, and under each which values of the record. No text of a standard
//! stands here; how a value is told is not known here.

use super::value::Value;

/// A form that somebody outside asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// Its name, in addresses and in the words.
    pub(super) name: &'static str,
    /// Its parts, in order.
    pub(super) parts: &'static [Part],
}

/// A heading, and the lines under it: a label and what of the record it shows.
pub(super) type Part = (&'static str, &'static [(&'static str, Value)]);

/// The limitations list of model risk management, which is made over many exceptions, too.
pub(super) const LIMITATIONS: Form = Form { name: "sr-11-7", parts: SR_11_7 };

/// Every form.
pub(super) const FORMS: [Form; 5] = [
    Form { name: "nydfs-500", parts: NYDFS_500 },
    Form { name: "pci-dss-ccw", parts: PCI_DSS_CCW },
    LIMITATIONS,
    Form { name: "iso-42001", parts: ISO_42001 },
    Form { name: "eu-ai-act", parts: EU_AI_ACT },
];

/// The approval of compensating controls in writing (23 NYCRR 500.12(b), 500.15(b)).
const NYDFS_500: &[Part] = &[
    (
        "requirement",
        &[
            ("deviates", Value::Clauses),
            ("regulations", Value::Regulations),
            ("systems", Value::Systems),
            ("data", Value::Data),
            ("unit", Value::Unit),
        ],
    ),
    (
        "infeasible",
        &[("reason", Value::Justification), ("alternatives", Value::Alternatives), ("denied", Value::Impact)],
    ),
    (
        "compensating",
        &[("controls", Value::Controls), ("conditions", Value::Conditions), ("standing", Value::Standing)],
    ),
    ("ciso", &[("ciso", Value::Ciso), ("approvals", Value::Approvals), ("dossier", Value::Dossier)]),
    ("period", &[("period", Value::Period), ("review", Value::Review), ("monitor", Value::Monitor)]),
    ("kept", &[("files", Value::Files), ("procedure", Value::Procedure)]),
];

/// The headings of the compensating controls worksheet (PCI DSS v4, Appendix C).
const PCI_DSS_CCW: &[Part] = &[
    ("requirement", &[("deviates", Value::Clauses), ("regulations", Value::Regulations)]),
    (
        "constraints",
        &[("reason", Value::Justification), ("alternatives", Value::Alternatives), ("denied", Value::Impact)],
    ),
    ("definition", &[("controls", Value::Controls), ("conditions", Value::Conditions)]),
    ("objective", &[("wording", Value::Wording), ("purpose", Value::Purpose)]),
    ("identified", &[("tier", Value::Tier), ("findings", Value::Findings)]),
    ("validation", &[("standing", Value::Standing), ("files", Value::Files), ("approvals", Value::Approvals)]),
    (
        "maintenance",
        &[("upkeep", Value::Upkeep), ("monitor", Value::Monitor), ("period", Value::Period), ("review", Value::Review)],
    ),
];

/// A model's limitations, and what is done about them (SR 11-7, sections V and VI).
const SR_11_7: &[Part] = &[
    ("model", &[("systems", Value::Systems), ("unit", Value::Unit), ("sponsor", Value::Sponsor)]),
    (
        "use",
        &[
            ("purpose", Value::Purpose),
            ("data", Value::Data),
            ("actions", Value::Actions),
            ("users", Value::Users),
            ("regions", Value::Regions),
        ],
    ),
    ("limitations", &[("findings", Value::Findings), ("deviates", Value::Clauses)]),
    ("mitigation", &[("controls", Value::Controls), ("conditions", Value::Conditions), ("standing", Value::Standing)]),
    ("challenge", &[("scores", Value::Scores), ("advice", Value::Advice)]),
    ("approval", &[("tier", Value::Tier), ("approvals", Value::Approvals), ("period", Value::Period)]),
    ("monitoring", &[("monitor", Value::Monitor), ("upkeep", Value::Upkeep), ("review", Value::Review)]),
];

/// What an AI management system keeps of a deviation (ISO/IEC 42001:2023, clauses 6.1, 8 and 9).
const ISO_42001: &[Part] = &[
    (
        "system",
        &[("systems", Value::Systems), ("purpose", Value::Purpose), ("unit", Value::Unit), ("regions", Value::Regions)],
    ),
    (
        "responsible",
        &[
            ("requester", Value::Requester),
            ("beneficiary", Value::Beneficiary),
            ("sponsor", Value::Sponsor),
            ("monitor", Value::Monitor),
        ],
    ),
    (
        "deviation",
        &[("deviates", Value::Clauses), ("reason", Value::Justification), ("alternatives", Value::Alternatives)],
    ),
    ("risk", &[("tier", Value::Tier), ("scores", Value::Scores), ("findings", Value::Findings)]),
    (
        "impact",
        &[
            ("denied", Value::Impact),
            ("teams", Value::Teams),
            ("data", Value::Data),
            ("regulations", Value::Regulations),
        ],
    ),
    ("treatment", &[("controls", Value::Controls), ("conditions", Value::Conditions), ("standing", Value::Standing)]),
    (
        "kept",
        &[
            ("approvals", Value::Approvals),
            ("dossier", Value::Dossier),
            ("procedure", Value::Procedure),
            ("files", Value::Files),
        ],
    ),
    ("monitoring", &[("upkeep", Value::Upkeep), ("period", Value::Period), ("review", Value::Review)]),
];

/// What a deployer tells of a use (Regulation (EU) 2024/1689, Articles 5, 9, 10, 14 and 26).
const EU_AI_ACT: &[Part] = &[
    (
        "system",
        &[
            ("systems", Value::Systems),
            ("intended", Value::Purpose),
            ("unit", Value::Unit),
            ("regions", Value::Regions),
        ],
    ),
    ("prohibited", &[("screening", Value::Screening)]),
    ("class", &[("class", Value::NotKept), ("tier", Value::Tier), ("regulations", Value::Regulations)]),
    ("risk", &[("findings", Value::Findings), ("controls", Value::Controls), ("conditions", Value::Conditions)]),
    ("data", &[("data", Value::Data)]),
    ("oversight", &[("monitor", Value::Monitor), ("approvals", Value::Approvals)]),
    ("affected", &[("users", Value::Users), ("teams", Value::Teams), ("denied", Value::Impact)]),
    (
        "monitoring",
        &[
            ("standing", Value::Standing),
            ("upkeep", Value::Upkeep),
            ("period", Value::Period),
            ("review", Value::Review),
        ],
    ),
];
