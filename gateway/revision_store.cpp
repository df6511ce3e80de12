#include "gateway/revision_store.hpp"

#include "gateway/state_files.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <algorithm>
#include <charconv>
#include <filesystem>

namespace nearfar::gateway {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t number_digits = 8;

std::optional<revision_store::entry> read_name(const fs::path& file) {
  const auto stem = file.stem().string();
  if (file.extension() != ".yaml" || stem.size() < number_digits + 2 || stem[number_digits] != '-')
    return std::nullopt;
  revision_store::entry out;
  const auto [end, bad] = std::from_chars(stem.data(), stem.data() + number_digits, out.number);
  if (bad != std::errc{} || end != stem.data() + number_digits) return std::nullopt;
  out.revision = stem.substr(number_digits + 1);
  struct stat is{};
  if (::stat(file.c_str(), &is) != 0) return std::nullopt;
  out.at = is.st_mtim.tv_sec;
  out.bytes = static_cast<std::size_t>(is.st_size);
  return out;
}

}  // namespace

revision_store::revision_store(std::string folder, std::size_t keep)
    : folder_(std::move(folder)), keep_(keep) {
  std::error_code ignored;
  fs::create_directories(folder_, ignored);
  ::chmod(folder_.c_str(), 0700);
}

std::string revision_store::path_of(const entry& of) const {
  return fmt::format("{}/{:08}-{}.yaml", folder_, of.number, of.revision);
}

std::vector<revision_store::entry> revision_store::all() const {
  std::vector<entry> out;
  std::error_code failed;
  for (const auto& file : fs::directory_iterator(folder_, failed)) {
    if (auto one = read_name(file.path())) out.push_back(std::move(*one));
  }
  std::sort(out.begin(), out.end(), [](const entry& a, const entry& b) { return a.number < b.number; });
  for (auto& one : out) one.current = one.number == current_;
  return out;
}

std::string revision_store::enter(std::string_view revision, std::string_view text) {
  auto known = all();
  const auto now = std::find_if(known.begin(), known.end(), [](const entry& e) { return e.current; });
  if (now != known.end() && now->revision == revision) return "";
  // At a start: go on where the last run ended.
  if (now == known.end() && !known.empty() && known.back().revision == revision) {
    current_ = known.back().number;
    return "";
  }
  entry next;
  next.number = known.empty() ? 1 : known.back().number + 1;
  next.revision = revision;
  if (auto why = write_atomically(path_of(next), text, 0600); !why.empty()) return why;
  current_ = next.number;
  for (std::size_t i = 0; known.size() + 1 - i > keep_; ++i) {
    std::error_code ignored;
    fs::remove(path_of(known[i]), ignored);
  }
  return "";
}

std::optional<revision_store::entry> revision_store::before_current() const {
  std::optional<entry> out;
  for (auto& one : all()) {
    if (one.number < current_) out = std::move(one);
  }
  return out;
}

std::optional<revision_store::entry> revision_store::find(std::string_view revision) const {
  std::optional<entry> out;
  for (auto& one : all()) {
    if (one.revision == revision) out = std::move(one);
  }
  return out;
}

std::optional<std::string> revision_store::text(const entry& of, std::string& why) const {
  return read_whole(path_of(of), why);
}

}  // namespace nearfar::gateway
