// The stable codes of the diagnostics. docs/diagnostics.md says what each one means and how to mend it; a
// code is never given a second meaning.
#pragma once

namespace nearfar::config::code {

inline constexpr char unreadable_file[] = "P001";
inline constexpr char yaml_syntax[] = "P002";
inline constexpr char unquoted_comparison[] = "P003";
inline constexpr char second_document[] = "P004";
inline constexpr char alias[] = "P005";
inline constexpr char merge_key[] = "P006";
inline constexpr char duplicate_key[] = "P007";
inline constexpr char yaml_tag[] = "P008";
inline constexpr char empty_file[] = "P009";
inline constexpr char wrong_shape[] = "P010";
inline constexpr char missing_key[] = "P011";
inline constexpr char unknown_key[] = "P012";
inline constexpr char unknown_value[] = "P013";
inline constexpr char empty_value[] = "P014";
inline constexpr char not_a_bool[] = "P015";
inline constexpr char not_a_number[] = "P016";
inline constexpr char missing_unit[] = "P017";
inline constexpr char unknown_unit[] = "P018";
inline constexpr char out_of_range[] = "P019";
inline constexpr char not_supported_yet[] = "P020";
inline constexpr char literal_secret[] = "P021";
inline constexpr char bad_secret_reference[] = "P022";
inline constexpr char bad_address[] = "P023";
inline constexpr char bad_url[] = "P024";
inline constexpr char plain_http_to_remote[] = "P025";
inline constexpr char bad_time_window[] = "P026";
inline constexpr char bad_name[] = "P027";
inline constexpr char bad_version[] = "P028";
inline constexpr char protected_field[] = "P029";
inline constexpr char defined_twice[] = "P030";
inline constexpr char unknown_reference[] = "P031";
inline constexpr char unknown_fact[] = "P032";
inline constexpr char undeclared_tag[] = "P033";
inline constexpr char unknown_preset[] = "P034";
inline constexpr char client_controls_guard[] = "P035";
inline constexpr char client_controls_unless[] = "P036";
inline constexpr char name_cycle[] = "P037";
inline constexpr char keys_do_not_fit[] = "P038";
inline constexpr char guard_without_effect[] = "P039";

inline constexpr char model_not_installed[] = "P050";
inline constexpr char remote_without_key[] = "P051";
inline constexpr char key_not_set[] = "P052";
inline constexpr char secret_file_open[] = "P053";
inline constexpr char privacy_only_in_rule[] = "P054";
inline constexpr char no_default_rule[] = "P055";
inline constexpr char no_default_attempts[] = "P056";
inline constexpr char never_matches[] = "P057";
inline constexpr char two_readings[] = "P058";
inline constexpr char no_models[] = "P059";
inline constexpr char url_without_version[] = "P060";
inline constexpr char until_has_passed[] = "P061";
inline constexpr char nothing_supplies[] = "P063";
inline constexpr char price_of_a_token[] = "P064";
inline constexpr char discovered_models[] = "P065";
inline constexpr char limit_of_nothing[] = "P066";

}  // namespace nearfar::config::code
