//! The service that keeps the orders: Java, with logback's plain layout.

use super::{Mood, people};
use crate::demo::{moment::Moment, random::Random};

/// The stack of every failure.
const FRAMES: &str = "\
\tat com.example.shop.orders.OrderService.complete(OrderService.java:118)
\tat com.example.shop.orders.OrderController.submit(OrderController.java:64)
\tat java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)
\tat org.springframework.web.servlet.DispatcherServlet.doDispatch(DispatcherServlet.java:1088)
\tat java.base/java.lang.Thread.run(Thread.java:1583)
";

pub(super) fn entry(random: &mut Random, at: Moment, mood: Mood) -> String {
    let thread = format!("http-nio-8080-exec-{}", random.between(1, 12));
    if random.permille(mood.failures()) {
        return failure(random, at, &thread);
    }
    let customer = people::customer(random);
    let order = random.between(10_000, 99_999);
    let product = people::product(random);
    let amount = people::amount(random);
    let (level, class, message) = match random.between(0, 15) {
        0..=4 => (
            "INFO",
            "OrderService",
            format!(
                "order {order} placed by {} ({}): {amount} EUR",
                customer.name, customer.login
            ),
        ),
        5 | 6 => ("INFO", "OrderService", format!("order {order} is paid")),
        7 | 8 => (
            "INFO",
            "Shipping",
            format!(
                "label for order {order} printed, carrier {}",
                random.pick(["DHL", "Correos", "SF Express"])
            ),
        ),
        9 => (
            "INFO",
            "Invoices",
            format!("invoice {order}-1 sent to {}@example.com", customer.login),
        ),
        10..=12 => (
            "DEBUG",
            "OrderRepository",
            format!(
                "select * from orders where id = {order}: 1 row in {} ms",
                random.duration(3)
            ),
        ),
        13 => (
            "DEBUG",
            "Stock",
            format!("{product}: {} left", random.between(3, 400)),
        ),
        14 => (
            "WARN",
            "Stock",
            format!("only {} of {product} left", random.between(0, 2)),
        ),
        _ => (
            "WARN",
            "OrderRepository",
            format!(
                "slow query: {} ms for orders of user {}",
                random.between(800, 4000),
                customer.id
            ),
        ),
    };
    line(random, at, &thread, level, class, &message)
}

/// A line, sometimes in the colours of a service that takes its pipe for a terminal.
fn line(
    random: &mut Random,
    at: Moment,
    thread: &str,
    level: &str,
    class: &str,
    message: &str,
) -> String {
    let time = at.logback();
    if !random.permille(70) {
        return format!("{time} [{thread}] {level:5} c.e.shop.orders.{class} - {message}\n");
    }
    let color = match level {
        "ERROR" => "1;31",
        "WARN" => "33",
        "DEBUG" => "38;5;244",
        _ => "32",
    };
    format!(
        "\x1b[2m{time}\x1b[0m [{thread}] \x1b[{color}m{level:5}\x1b[0m \x1b[36mc.e.shop.orders.{class}\x1b[0m - {message}\n"
    )
}

/// An error with its stack trace.
fn failure(random: &mut Random, at: Moment, thread: &str) -> String {
    let order = random.between(10_000, 99_999);
    let message = format!("cannot complete order {order}");
    let mut text = line(random, at, thread, "ERROR", "OrderService", &message);
    let (fault, cause) = random.pick([
        (
            "java.util.concurrent.TimeoutException: no answer from checkout within 5000 ms",
            "java.net.SocketTimeoutException: Read timed out",
        ),
        (
            "org.springframework.dao.CannotAcquireLockException: could not execute statement",
            "org.postgresql.util.PSQLException: canceling statement due to lock timeout",
        ),
        (
            "com.example.shop.orders.PaymentUnknown: the state of the payment is not known",
            "java.io.IOException: HTTP/1.1 header parser received no bytes",
        ),
    ]);
    text += fault;
    text.push('\n');
    text += FRAMES;
    let more = random.between(18, 61);
    text + &format!(
        "Caused by: {cause}\n\tat com.example.shop.orders.Remote.call(Remote.java:41)\n\t... {more} more\n"
    )
}
