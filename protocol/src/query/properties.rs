//! What holds for every text and every tree.

use proptest::prelude::*;

use super::*;

/// Pieces that mean something, so that random joins reach every rule.
const PIECES: [&str; 44] = [
    "(",
    ")",
    "\"",
    "\\",
    "/",
    "-",
    "OR",
    "NOT",
    " ",
    " ",
    " ",
    " ",
    "a",
    "B",
    "ä",
    "i",
    ":",
    "=",
    "!=",
    "<",
    ">",
    ">=",
    "*",
    "5",
    "1e3",
    ".",
    "level",
    "error",
    "since",
    "15m",
    "time",
    "2026-11-22",
    "T10:00Z",
    "/x/",
    "/x/i",
    "\"p q\"",
    "\"\"",
    "f(",
    "_n",
    "@t",
    "\\/",
    "\\\"",
    "\n",
    "a:b",
];

fn joined() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&PIECES[..]), 0..24).prop_map(|all| all.concat())
}

/// Any text, or one of signs.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![joined(), any::<String>(), "[a-zA-Z/()\\\\\"*:-]{1,8}"]
}

fn expression() -> impl Strategy<Value = Expression> {
    (text(), any::<bool>()).prop_map(|(pattern, ignore_case)| Expression {
        pattern,
        ignore_case,
    })
}

fn operator() -> impl Strategy<Value = Operator> {
    prop::sample::select(vec![
        Operator::Equal,
        Operator::NotEqual,
        Operator::Less,
        Operator::LessOrEqual,
        Operator::Greater,
        Operator::GreaterOrEqual,
    ])
}

fn date() -> impl Strategy<Value = Date> {
    let dates = [
        "2026-11-22",
        "2024-02-29T10:00",
        "2026-11-22 10:00:00.5+01:00",
    ];
    prop::sample::select(dates.to_vec()).prop_map(|text| Date::new(text).unwrap())
}

fn field() -> impl Strategy<Value = Query> {
    let number = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<u16>().prop_map(|number| format!("{number}.5e-2")),
    ];
    let value = prop_oneof![
        Just(Value::Any),
        number.prop_map(|text| Value::Number(Number::new(&text).unwrap())),
        text().prop_map(Value::Text),
        expression().prop_map(Value::Expression),
    ];
    let or_text = prop::option::of(prop_oneof![Just("n=".to_owned()), text()]);
    (
        "n|[a-k@_ä][a-z0-9_.-]{0,4}[a-z@]",
        operator(),
        value,
        or_text,
    )
        .prop_map(|(name, operator, value, or_text)| {
            let has_order = matches!(value, Value::Number(_) | Value::Text(_));
            Query::Field {
                position: Position(0),
                name,
                operator: if has_order {
                    operator
                } else {
                    Operator::NotEqual
                },
                value,
                or_text: or_text.map(|text| Text {
                    text,
                    quoted: false,
                }),
            }
        })
}

fn leaf() -> impl Strategy<Value = Query> {
    let unit = prop::sample::select(SpanUnit::ALL.to_vec());
    let start = prop_oneof![
        (any::<u32>(), unit).prop_map(|(count, unit)| Start::Ago(Span { count, unit })),
        date().prop_map(Start::Date),
    ];
    let level = prop::sample::select(Level::ALL.to_vec());
    let position = Position(3);
    prop_oneof![
        Just(Query::All),
        (text(), any::<bool>()).prop_map(|(text, quoted)| Query::Text(Text { text, quoted })),
        expression().prop_map(Query::Expression),
        field(),
        (operator(), level).prop_map(move |(operator, level)| Query::Level {
            position,
            operator,
            level
        }),
        (operator(), date()).prop_map(move |(operator, date)| Query::Time {
            position,
            operator,
            date
        }),
        start.prop_map(move |start| Query::Since { position, start }),
    ]
}

fn query() -> impl Strategy<Value = Query> {
    leaf().prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Query::And),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Query::Or),
            inner.prop_map(|query| Query::Not(Box::new(query))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused_inside_itself(q in text()) {
        let length = q.chars().count();
        match parse(&q) {
            Ok(query) => prop_assert_eq!(parse(&query.to_string()), Ok(query.normal())),
            Err(fault) => prop_assert!(fault.position < length),
        }
    }

    #[test]
    fn any_tree_is_written_so_that_it_is_read_again(query in query()) {
        let normal = query.clone().normal();
        prop_assert_eq!(parse(&query.to_string()), Ok(normal.clone()), "{}", query);
        prop_assert_eq!(normal.clone().normal(), normal);
    }

    #[test]
    fn an_unsupported_predicate_stands_where_it_says(q in joined()) {
        if let Ok(query) = parse(&q)
            && let Some((position, _)) = query.unsupported()
        {
            let first = q.chars().nth(position);
            prop_assert!(first.is_some_and(|first| first.is_alphabetic() || "_@".contains(first)));
        }
    }

    #[test]
    fn colors_cover_everything_but_space_in_order(q in text()) {
        let chars: Vec<char> = q.chars().collect();
        let mut end = 0;
        let tokens = highlight(&q);
        for token in &tokens {
            prop_assert!(token.start >= end && token.end > token.start);
            prop_assert!(chars[end..token.start].iter().all(|next| next.is_whitespace()));
            end = token.end;
        }
        prop_assert!(chars[end..].iter().all(|next| next.is_whitespace()));
        let is_wrong = tokens.iter().any(|token| token.kind == TokenKind::Fault);
        prop_assert_eq!(is_wrong, parse(&q).is_err());
    }
}
