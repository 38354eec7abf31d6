#include "client/line_editor.hpp"

#include <utility>

#include "chat/passwords.hpp"
#include "client/clusters.hpp"

namespace client {
namespace {

/// As much of it as fits, in whole characters.
std::string_view fitting(std::string_view typed, std::size_t bytes_max) {
  if (typed.size() <= bytes_max) return typed;
  const auto is_inside = [typed](std::size_t at) { return (typed[at] & '\xC0') == '\x80'; };
  while (bytes_max > 0 && is_inside(bytes_max)) --bytes_max;
  return typed.substr(0, bytes_max);
}

}  // namespace

bool LineEditor::handle(const Key& key) {
  switch (key.code) {
    case KeyCode::text:
    case KeyCode::paste:
      return insert(key.text);
    case KeyCode::line_feed:
      return insert("\n");
    case KeyCode::left:
      return move_to(before(caret_));
    case KeyCode::right:
      return move_to(behind(caret_));
    case KeyCode::word_left:
      return move_to(word_before(caret_));
    case KeyCode::word_right:
      return move_to(word_behind(caret_));
    case KeyCode::home:
      return move_to(0);
    case KeyCode::end:
      return move_to(text_.size());
    case KeyCode::backspace:
      return erase(before(caret_), caret_);
    case KeyCode::erase:
    case KeyCode::end_of_input:
      return erase(caret_, behind(caret_));
    case KeyCode::kill_word:
      return kill(word_before(caret_), caret_);
    case KeyCode::kill_to_start:
      return kill(0, caret_);
    case KeyCode::kill_to_end:
      return kill(caret_, text_.size());
    case KeyCode::yank:
      return insert(killed_);
    case KeyCode::up:
      return recall_older();
    case KeyCode::down:
      return recall_newer();
    default:
      return false;
  }
}

std::string LineEditor::take(bool remember) {
  const bool is_new = history_.empty() || history_.back() != text_;
  if (remember && is_new && text_.find_first_not_of(" \n") != std::string::npos) {
    history_.push_back(text_);
    if (history_.size() > kHistoryMax) history_.pop_front();
  }
  age_ = 0;
  caret_ = 0;
  draft_.clear();
  return std::exchange(text_, {});
}

void LineEditor::clear() {
  kill(0, text_.size());
  age_ = 0;
  draft_.clear();
}

void LineEditor::forget() {
  chat::wipe(text_);
  chat::wipe(killed_);
  text_.clear();
  killed_.clear();
  caret_ = 0;
}

// ---- text ------------------------------------------------------------------------

// A mark that is typed joins the letter before it, so that the caret may have to
// move on to the end of a cluster.
bool LineEditor::insert(std::string_view typed) {
  typed = fitting(typed, kBytesMax - text_.size());
  if (typed.empty()) return false;
  text_.insert(caret_, typed);
  caret_ += typed.size();
  for (const Cluster& cluster : split_clusters(text_)) {
    if (cluster.begin < caret_ && caret_ < cluster.begin + cluster.size)
      caret_ = cluster.begin + cluster.size;
  }
  return true;
}

bool LineEditor::erase(std::size_t begin, std::size_t end) {
  if (begin == end) return false;
  text_.erase(begin, end - begin);
  caret_ = begin;
  // What stood on both sides may have become one cluster.
  if (caret_ < text_.size() && caret_ > 0 && behind(before(caret_)) != caret_)
    caret_ = behind(before(caret_));
  return true;
}

bool LineEditor::kill(std::size_t begin, std::size_t end) {
  if (begin == end) return false;
  killed_ = text_.substr(begin, end - begin);
  return erase(begin, end);
}

bool LineEditor::move_to(std::size_t caret) { return std::exchange(caret_, caret) != caret; }

// ---- places ----------------------------------------------------------------------

std::size_t LineEditor::before(std::size_t at) const {
  std::size_t begin = 0;
  for (const Cluster& cluster : split_clusters(text_)) {
    if (cluster.begin >= at) break;
    begin = cluster.begin;
  }
  return begin;
}

std::size_t LineEditor::behind(std::size_t at) const {
  for (const Cluster& cluster : split_clusters(text_)) {
    if (cluster.begin + cluster.size > at) return cluster.begin + cluster.size;
  }
  return text_.size();
}

std::size_t LineEditor::word_before(std::size_t at) const {
  while (at > 0 && text_[at - 1] == ' ') --at;
  std::size_t word = 0;
  for (const Cluster& cluster : split_clusters(text_)) {
    if (cluster.begin >= at) break;
    if (cluster.begin > 0 && text_[cluster.begin - 1] == ' ') word = cluster.begin;
  }
  return word;
}

std::size_t LineEditor::word_behind(std::size_t at) const {
  while (at < text_.size() && text_[at] == ' ') ++at;
  for (const Cluster& cluster : split_clusters(text_)) {
    const std::size_t end = cluster.begin + cluster.size;
    if (end > at && end < text_.size() && text_[end] == ' ') return end;
  }
  return text_.size();
}

// ---- history ---------------------------------------------------------------------

bool LineEditor::recall_older() {
  if (age_ == history_.size()) return false;
  if (age_ == 0) draft_ = text_;
  ++age_;
  replace_by(history_[history_.size() - age_]);
  return true;
}

bool LineEditor::recall_newer() {
  if (age_ == 0) return false;
  --age_;
  replace_by(age_ == 0 ? draft_ : history_[history_.size() - age_]);
  return true;
}

void LineEditor::replace_by(const std::string& text) {
  text_ = text;
  caret_ = text_.size();
}

}  // namespace client
