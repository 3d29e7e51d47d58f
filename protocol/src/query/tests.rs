//! Tables: what is typed beside what it means.

use super::*;
use crate::Problem;

/// A tree in one line: `(and a "b" (not /c/i))`.
fn tree(query: &Query) -> String {
    let list = |name: &str, queries: &[Query]| {
        let parts: Vec<_> = queries.iter().map(tree).collect();
        format!("({name} {})", parts.join(" "))
    };
    let slashes =
        |Expression {
             pattern,
             ignore_case,
         }: &Expression| { format!("/{pattern}/{}", if *ignore_case { "i" } else { "" }) };
    match query {
        Query::All => "all".to_owned(),
        Query::Text(Text { text, quoted: true }) => format!("\"{text}\""),
        Query::Text(Text { text, .. }) => text.clone(),
        Query::Expression(expression) => slashes(expression),
        Query::And(queries) => list("and", queries),
        Query::Or(queries) => list("or", queries),
        Query::Not(query) => format!("(not {})", tree(query)),
        Query::Level {
            position,
            operator,
            level,
        } => {
            format!("[{} level {operator:?} {}]", position.0, level.name())
        }
        Query::Field {
            position,
            name,
            operator,
            value,
            or_text,
        } => {
            let value = match value {
                Value::Any => "any".to_owned(),
                Value::Number(number) => format!("number {}", number.text()),
                Value::Text(text) => format!("text {text}"),
                Value::Expression(expression) => slashes(expression),
            };
            let or_text = or_text.as_ref().map(|text| format!(" or {}", text.text));
            let or_text = or_text.unwrap_or_default();
            format!("[{} {name} {operator:?} {value}{or_text}]", position.0)
        }
        Query::Time {
            position,
            operator,
            date,
        } => {
            format!("[{} time {operator:?} {}]", position.0, date.text())
        }
        Query::Since {
            position,
            start: Start::Ago(span),
        } => {
            format!("[{} since {}s ago]", position.0, span.seconds())
        }
        Query::Since {
            position,
            start: Start::Date(date),
        } => {
            format!("[{} since {}]", position.0, date.text())
        }
    }
}

#[track_caller]
fn check(table: &[(&str, &str)]) {
    for (q, expected) in table {
        let found = match parse(q) {
            Ok(query) => tree(&query),
            Err(fault) => format!("{} {fault}", fault.position),
        };
        assert_eq!(found, *expected, "`{q}`");
    }
}

#[track_caller]
fn check_faults(table: &[(&str, usize, &str)]) {
    for (q, position, sentence) in table {
        let fault = parse(q).expect_err(q);
        let found = (fault.position, fault.to_string());
        assert_eq!(found, (*position, (*sentence).to_owned()), "`{q}`");
    }
}

#[test]
fn the_examples_of_the_contract_mean_what_it_says() {
    check(&[
        ("", "all"),
        ("timeout", "timeout"),
        (r#""connection reset""#, r#""connection reset""#),
        (r"/5\d\d$/", r"/5\d\d$/"),
        ("/err/i", "/err/i"),
        ("a b", "(and a b)"),
        ("a OR b", "(or a b)"),
        ("-a", "(not a)"),
        ("NOT a", "(not a)"),
        ("(a OR b) c", "(and (or a b) c)"),
        ("level:error", "[0 level Equal error]"),
        ("level>=warn", "[0 level GreaterOrEqual warn]"),
        ("service:web", "[0 service Equal text web or service:web]"),
        ("user.id:42", "[0 user.id Equal number 42 or user.id:42]"),
        (
            "duration_ms>=500",
            "[0 duration_ms GreaterOrEqual number 500 or duration_ms>=500]",
        ),
        (r"path:/^\/api/", "[0 path Equal /^/api/]"),
        ("trace_id:*", "[0 trace_id Equal any]"),
        ("since:15m", "[0 since 900s ago]"),
        (
            "time>=2026-11-22T10:00:00Z",
            "[0 time GreaterOrEqual 2026-11-22T10:00:00Z]",
        ),
        ("/api/v1/users", "/api/v1/users"),
        ("error: disk", "(and error: disk)"),
        ("12:30:01", "12:30:01"),
        ("http://x", "http://x"),
        ("io::Error", "io::Error"),
        (
            "localhost:8080",
            "[0 localhost Equal number 8080 or localhost:8080]",
        ),
    ]);
    let whole = Expression {
        pattern: "a OR (b".to_owned(),
        ignore_case: false,
    };
    assert_eq!(parse_expression("a OR (b"), Query::Expression(whole));
}

#[test]
fn operators_bind_and_group() {
    check(&[
        (" \t\n\u{3000} ", "all"),
        ("a b OR c d", "(or (and a b) (and c d))"),
        ("-a b", "(and (not a) b)"),
        ("NOT a OR b", "(or (not a) b)"),
        ("-(a b)", "(not (and a b))"),
        ("NOT(a b) OR(c)", "(or (not (and a b)) c)"),
        ("NOT\"a b\"", "(not \"a b\")"),
        ("a (b (c d))", "(and a b c d)"),
        ("a OR (b OR c)", "(or a b c)"),
        ("((a))", "a"),
        ("NOT NOT a", "a"),
        ("NOT -a", "a"),
        ("-NOT a", "a"),
        ("(a)(b)\"c\"d", "(and a b \"c\" d)"),
        ("a or b", "(and a or b)"),
        ("a AND b", "(and a AND b)"),
        ("not a", "(and not a)"),
        ("ORder NOTe", "(and ORder NOTe)"),
        ("\"OR\"", "\"OR\""),
    ]);
}

#[test]
fn hyphens_and_parentheses_inside_words_are_text() {
    check(&[
        ("-", "-"),
        ("a - b", "(and a - b)"),
        ("(-)", "-"),
        ("-(-)", "(not -)"),
        ("a-b", "a-b"),
        ("a-", "a-"),
        ("--verbose", "--verbose"),
        ("-----BEGIN", "-----BEGIN"),
        ("NOT --verbose", "(not --verbose)"),
        ("-a-b", "(not a-b)"),
        ("foo(bar)", "foo(bar)"),
        ("(foo(bar))", "foo(bar)"),
        ("(foo(bar(1)(2)) b)", "(and foo(bar(1)(2)) b)"),
        ("foo(bar", "foo(bar"),
        ("f() OR g()", "(or f() g())"),
        ("-f(x)", "(not f(x))"),
    ]);
}

#[test]
fn quotation_marks_make_phrases() {
    check(&[
        (r#""a \"b\" \\ c""#, r#""a "b" \ c""#),
        (r#""\d \n""#, r#""\d \n""#),
        (r#""/a/" "(" ")""#, r#"(and "/a/" "(" ")")"#),
        (r#""a""b""#, r#"(and "a" "b")"#),
        (r#"it"s"#, r#"it"s"#),
        (r#"-"a b""#, r#"(not "a b")"#),
        (r#""level:error""#, r#""level:error""#),
        (r#"{"user":"bob"}"#, r#"{"user":"bob"}"#),
    ]);
}

#[test]
fn slashes_make_expressions_only_where_they_close() {
    check(&[
        ("/a b/", "/a b/"),
        (r"/a\/b\\/", r"/a/b\\/"),
        (r"/a\/b", r"/a\/b"),
        ("/a/i b", "(and /a/i b)"),
        ("(/a/)", "/a/"),
        ("(/a/i)", "/a/i"),
        ("/(a|b)/", "/(a|b)/"),
        ("/a/ib", "/a/ib"),
        ("/a/I", "/a/I"),
        ("/a/\"b\"", "/a/\"b\""),
        ("//", "//"),
        ("// a/", "(and // a/)"),
        ("//i", "//i"),
        ("/", "/"),
        ("/api", "/api"),
        ("/var/log /etc", "(and /var/log /etc)"),
        ("a/b/", "a/b/"),
        ("-/a/", "(not /a/)"),
        ("/ä\u{301}/", "/ä\u{301}/"),
    ]);
}

#[test]
fn predicates_need_a_plain_name_and_a_value() {
    check(&[
        ("level=err", "[0 level Equal error]"),
        ("a level!=WARNING", "(and a [2 level NotEqual warn])"),
        ("level<critical", "[0 level Less fatal]"),
        ("level<=Info", "[0 level LessOrEqual info]"),
        ("level>\"debug\"", "[0 level Greater debug]"),
        ("level:", "level:"),
        ("level : error", "(and level : error)"),
        ("Level:error", "[0 Level Equal text error or Level:error]"),
        ("since:2h", "[0 since 7200s ago]"),
        ("since:7d", "[0 since 604800s ago]"),
        ("since:30s", "[0 since 30s ago]"),
        ("since=1w", "[0 since 604800s ago]"),
        ("since:2026-11-22", "[0 since 2026-11-22]"),
        ("time<2026-11-22", "[0 time Less 2026-11-22]"),
        (
            "time:\"2024-02-29 10:00\"",
            "[0 time Equal 2024-02-29 10:00]",
        ),
        (
            "time>2026-11-22t10:00:60.123456789-05:30",
            "[0 time Greater 2026-11-22t10:00:60.123456789-05:30]",
        ),
        (
            "ä -(b c:d)",
            "(and ä (not (and b [6 c Equal text d or c:d])))",
        ),
        ("a=b", "[0 a Equal text b or a=b]"),
        ("a!=b", "[0 a NotEqual text b or a!=b]"),
        ("a!=*", "[0 a NotEqual any]"),
        ("a:*b", "[0 a Equal text *b or a:*b]"),
        ("a:/b c/i d", "(and [0 a Equal /b c/i] d)"),
        ("a:/b/c", "[0 a Equal text /b/c or a:/b/c]"),
        ("a:\"b \\\" c\"", "[0 a Equal text b \" c or a:b \" c]"),
        ("a:\"5\"", "[0 a Equal text 5 or a:5]"),
        ("a:\"*\"", "[0 a Equal text * or a:*]"),
        ("a:\"\"", "[0 a Equal text  or a:]"),
        ("a<-1.5e+3", "[0 a Less number -1.5e+3 or a<-1.5e+3]"),
        (
            "a:1. a:.5 a:1e a:nan",
            "(and [0 a Equal text 1. or a:1.] [5 a Equal text .5 or a:.5] [10 a Equal text 1e or a:1e] [15 a Equal text nan or a:nan])",
        ),
        ("a:f(x)", "[0 a Equal text f(x) or a:f(x)]"),
        ("(a:b)", "[1 a Equal text b or a:b]"),
        ("a:b:c", "[0 a Equal text b:c or a:b:c]"),
        (
            "@timestamp:x _a:x",
            "(and [0 @timestamp Equal text x or @timestamp:x] [13 _a Equal text x or _a:x])",
        ),
        ("straße:x", "[0 straße Equal text x or straße:x]"),
        ("-a:b", "(not [1 a Equal text b or a:b])"),
        (
            "a==b a=>b a<<b a:=b a<=>b",
            "(and a==b a=>b a<<b a:=b a<=>b)",
        ),
        (
            "ptr->next 10.0.0.1:80 [::1]:80 a!b a(b):c",
            "(and ptr->next 10.0.0.1:80 [::1]:80 a!b a(b):c)",
        ),
        ("file:///x a: b= :c", "(and file:///x a: b= :c)"),
    ]);
}

#[test]
fn a_wrong_query_says_where_and_what_was_expected() {
    const BEFORE_CLOSE: &str =
        "expected a `(` before this `)`; to find a parenthesis, put it in quotation marks";
    const LEVEL: &str = "expected a level: trace, debug, info, warn, error or fatal";
    const DATE: &str = "expected a date such as 2026-11-22 or 2026-11-22T10:00:00Z";
    const SPAN: &str =
        "expected a span such as 30s, 15m, 2h, 7d or 1w, or a date such as 2026-11-22";
    const ORDERED: &str =
        "expected a number or text; `*` and expressions go with `:`, `=` and `!=`";
    check_faults(&[
        ("a \"b", 2, "expected a closing `\"` for this one"),
        (r#"ä "b\""#, 2, "expected a closing `\"` for this one"),
        ("a:\"b", 2, "expected a closing `\"` for this one"),
        ("\"\"", 0, "expected text between the quotation marks"),
        ("a (b", 2, "expected a `)` that closes this `(`"),
        ("(", 0, "expected a `)` that closes this `(`"),
        ("((a)", 0, "expected a `)` that closes this `(`"),
        ("a)", 1, BEFORE_CLOSE),
        (":) \"", 1, BEFORE_CLOSE),
        ("foo(a b)", 7, BEFORE_CLOSE),
        ("a ()", 2, "expected a term between the parentheses"),
        ("-( )", 1, "expected a term between the parentheses"),
        ("OR a", 0, "expected a term before `OR`"),
        ("(OR)", 1, "expected a term before `OR`"),
        ("𝄞 OR", 2, "expected a term after `OR`"),
        ("a OR OR b", 2, "expected a term after `OR`"),
        ("(a OR) b", 3, "expected a term after `OR`"),
        ("a NOT", 2, "expected a term after `NOT` or `-`"),
        ("NOT OR a", 0, "expected a term after `NOT` or `-`"),
        ("-OR", 0, "expected a term after `NOT` or `-`"),
        ("(NOT) a", 1, "expected a term after `NOT` or `-`"),
        ("a level:loud", 8, LEVEL),
        ("level>=*", 7, LEVEL),
        ("level:/err/", 6, LEVEL),
        ("time:noon", 5, DATE),
        ("time:2026-02-29", 5, DATE),
        ("time:2026-00-10", 5, DATE),
        ("time:2026-13-10", 5, DATE),
        ("time:2026-11-22T24:00:00Z", 5, DATE),
        ("time:2026-11-22T10:00:00.Z", 5, DATE),
        ("time:2026-11-22T10:00:00.1234567890Z", 5, DATE),
        ("time:2026-11-22T10:00:00+1", 5, DATE),
        ("time:2026-11-22Z", 5, DATE),
        ("time:1900-02-29", 5, DATE),
        ("since:m", 6, SPAN),
        ("since:+5m", 6, SPAN),
        ("since:1h30m", 6, SPAN),
        ("since:4294967296s", 6, SPAN),
        ("since:*", 6, SPAN),
        ("since>=5m", 5, "expected `:` after `since`"),
        ("a>*", 2, ORDERED),
        ("a<=/b/", 3, ORDERED),
    ]);
}

#[test]
fn limits_hold_and_name_themselves() {
    let long = |length| format!("a /{}/", "é".repeat(length / 2));
    assert!(parse(&long(PATTERN_BYTES_MAX)).is_ok());
    let fault = parse(&long(PATTERN_BYTES_MAX + 2)).unwrap_err();
    assert_eq!(
        (fault.position, fault.expected),
        (2, Expected::ShorterExpression)
    );
    assert!(fault.to_string().contains(&PATTERN_BYTES_MAX.to_string()));

    let deep = |depth| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(parse(&deep(NESTING_MAX)).is_ok());
    let fault = parse(&deep(NESTING_MAX + 1)).unwrap_err();
    assert_eq!(
        (fault.position, fault.expected),
        (NESTING_MAX, Expected::LessNesting)
    );
    assert!(fault.to_string().contains(&NESTING_MAX.to_string()));
    assert!(parse(&format!("{}a", "NOT ".repeat(NESTING_MAX + 1))).is_err());
}

/// Nothing here measures time; with quadratic work one would wait for minutes.
#[test]
fn a_long_query_of_anything_is_read_once() {
    for piece in [
        "/a ", "a:/b ", "(", ")", "\"", "-", "-a", r"\", r"/\/ ", "a(", "a", "NOT ", "x:\"", "// ",
    ] {
        let q = piece.repeat(100_000 / piece.len());
        assert!(!highlight(&q).is_empty());
        if let Ok(query) = parse(&q) {
            assert_eq!(parse(&query.to_string()), Ok(query.normal()));
        }
    }
}

#[test]
fn a_text_with_an_upper_case_letter_minds_case() {
    for (text, ignores_case) in [
        ("timeout", true),
        ("Timeout", false),
        ("öß 1", true),
        ("Ö", false),
        ("日本", true),
    ] {
        let text = Text {
            text: text.to_owned(),
            quoted: false,
        };
        assert_eq!(text.ignores_case(), ignores_case, "{}", text.text);
    }
}

#[test]
fn the_first_unsupported_predicate_is_named() {
    for (q, unsupported) in [
        ("a OR -b /c/", None),
        ("ä -(b OR x:y) level:warn", Some((9, "filtering by field"))),
        ("a OR level:warn", Some((5, "filtering by level"))),
        ("NOT time>2026-11-22", Some((4, "filtering by time"))),
        ("since:1h", Some((0, "filtering by time"))),
    ] {
        assert_eq!(parse(q).unwrap().unsupported(), unsupported, "`{q}`");
    }
}

#[test]
fn a_fault_becomes_a_problem_with_its_position() {
    let problem = Problem::from(parse("a OR").unwrap_err());
    assert_eq!((problem.status(), problem.position()), (400, Some(2)));
    assert_eq!(problem.to_string(), "expected a term after `OR`");
}
