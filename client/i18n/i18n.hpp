// Every word that a person reads goes through tr().
//
// Catalogues lie in i18n/ as .po files. A test compares them with the calls
// found in the sources, so write the texts as literals right inside the call.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace client {

enum class Language { en, zh_cn };

/// "en" or "zh_CN", as --lang takes it and the protocol carries it.
std::string_view to_code(Language language);
/// Any spelling of a locale ("zh_CN.UTF-8", "zh", "en_GB"); nothing where it is neither language.
std::optional<Language> parse_language(std::string_view locale);
/// What the environment asks for: English where LC_ALL, else LC_MESSAGES, else LANG is C or POSIX; else
/// LANGUAGE (a list), else that locale; else English.
Language language_of_environment(const std::function<std::string(const char*)>& variable);

/// Translates from now on. `locale_folder` holds zh_CN/LC_MESSAGES/rchat.mo. False:
/// there is no such catalogue; English then.
bool use_language(Language language, const std::string& locale_folder);

/// The text in the reader's language, {1} to {9} replaced by the arguments. These
/// are inserted as they are: text from the network still has to be sanitized.
std::string tr(std::string_view text, std::initializer_list<std::string_view> arguments = {});
/// The one of both that fits `n`; {1} is n.
std::string tr_n(std::string_view one, std::string_view many, std::uint64_t n);

/// {1} to {9} replaced; a number without an argument stays.
std::string fill(std::string_view text, std::initializer_list<std::string_view> arguments);

}  // namespace client
