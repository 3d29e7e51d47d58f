//! The list of sources, by group.

use std::collections::BTreeMap;

use leptos::{ev, html::Input, prelude::*};
use protocol::{Source, SourceId, SourceState};
use wasm_bindgen::JsCast;

use crate::{
    desk::Desk,
    model::{address::Address, format},
    words::Words,
};

/// Sources that are listed before the box to find one appears.
const FEW: usize = 8;

/// The list of sources.
#[component]
pub fn SourceTree(
    /// The box to find one, for the keyboard.
    input: NodeRef<Input>,
) -> impl IntoView {
    let words = Words::of_page();
    let desk = Desk::of_page();
    let wanted = RwSignal::new(String::new());

    let groups = Memo::new(move |_| {
        let wanted = wanted.get().to_lowercase();
        let mut groups: BTreeMap<String, Vec<SourceId>> = BTreeMap::new();
        desk.sources.with(|sources| {
            for source in sources.iter().filter(|source| is_wanted(source, &wanted)) {
                groups
                    .entry(source.group.clone())
                    .or_default()
                    .push(source.id.clone());
            }
        });
        groups
    });
    let names = move || groups.with(|groups| groups.keys().cloned().collect::<Vec<_>>());
    let ids =
        move |group: &str| groups.with(|groups| groups.get(group).cloned().unwrap_or_default());
    let is_few = move || desk.sources.with(|sources| sources.len() <= FEW);
    let has_groups = move || {
        desk.sources
            .with(|sources| sources.iter().any(|source| !source.group.is_empty()))
    };

    // The backdrop of the sheet is the nav's own, so a click on it comes here.
    let close = move |event: ev::MouseEvent| {
        let nav = event
            .current_target()
            .and_then(|nav| nav.dyn_into::<web_sys::Element>().ok());
        if nav
            .is_some_and(|nav| f64::from(event.client_x()) > nav.get_bounding_client_rect().right())
        {
            desk.is_tree_open.set(false);
        }
    };

    view! {
        <nav class="source-tree" class:source-tree--open=move || desk.is_tree_open.get()
            id="sources" aria-label=words.sources on:click=close>
            <input class="source-tree__find" type="search" node_ref=input hidden=is_few
                placeholder=words.find_source aria-label=words.find_source
                on:input=move |event| wanted.set(event_target_value(&event))/>
            <For each=names key=Clone::clone let(group)>
                <section class="source-tree__group">
                    <h2 class="source-tree__heading" hidden=move || !has_groups()>
                        {if group.is_empty() { words.ungrouped.to_owned() } else { group.clone() }}
                    </h2>
                    <ul class="source-tree__list">
                        <For each=move || ids(&group) key=Clone::clone let(id)><SourceItem id/></For>
                    </ul>
                </section>
            </For>
            <p class="source-tree__hint" hidden=move || desk.sources.with(|sources| sources.len() < 2)>
                {words.select_hint}
            </p>
        </nav>
    }
}

/// One source of the list.
#[component]
fn SourceItem(
    /// Which source.
    id: SourceId,
) -> impl IntoView {
    let words = Words::of_page();
    let desk = Desk::of_page();
    let id = StoredValue::new(id);
    let source = Memo::new(move |_| {
        desk.sources.with(|sources| {
            id.with_value(|id| sources.iter().find(|source| source.id == *id).cloned())
        })
    });
    let of = move |part: fn(&Source) -> String| {
        move || source.with(|source| source.as_ref().map(part).unwrap_or_default())
    };
    let number = move || id.with_value(|id| desk.number_of(id));
    let class = move || {
        let color = number()
            .map(|number| format!(" source-{}", number % 8))
            .unwrap_or_default();
        format!("source-tree__box{color}")
    };
    let choose = move |event: ev::MouseEvent| {
        event.prevent_default();
        let together = event.ctrl_key() || event.meta_key() || event.shift_key();
        id.with_value(|id| desk.select(id, together));
        if !together {
            desk.is_tree_open.set(false);
        }
    };
    let is_off = move || {
        source.with(|source| {
            source
                .as_ref()
                .is_none_or(|source| source.state != SourceState::Following)
        })
    };
    let note = move || {
        source.with(|source| match source {
            Some(source) if source.state == SourceState::Following => format::bytes(source.size),
            Some(source) => words.state(source.state).to_owned(),
            None => String::new(),
        })
    };
    let name = of(|source| source.name.clone());

    view! {
        <li class="source-tree__item" class:source-tree__item--on=move || number().is_some()
            class:source-tree__item--off=is_off>
            <button class=class type="button" role="checkbox" title=words.add_source
                aria-label=move || format!("{}: {}", words.add_source, name())
                aria-checked=move || number().is_some().to_string()
                on:click=move |_| id.with_value(|id| desk.select(id, true))></button>
            <a class="source-tree__name" href=of(address) title=of(title)
                aria-current=move || number().map(|_| "true") on:click=choose>{name}</a>
            <span class="source-tree__note">{note}</span>
        </li>
    }
}

/// The address that shows one source alone, for those without a script.
fn address(source: &Source) -> String {
    let address = Address {
        sources: vec![source.name.clone()],
        ..Address::default()
    };
    format!("?{}", address.query())
}

/// Where it is, and what is wrong with it.
fn title(source: &Source) -> String {
    match source.detail.as_str() {
        "" => source.path.clone(),
        detail => format!("{}: {detail}", source.path),
    }
}

fn is_wanted(source: &Source, wanted: &str) -> bool {
    wanted.is_empty()
        || source.name.to_lowercase().contains(wanted)
        || source.group.to_lowercase().contains(wanted)
}
