# What `cmake --install` puts where, and how a consumer finds it: package config and pkg-config files.
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tempo)

# Each kind of library is exported to a file of its own, so that the package config can leave out the
# static documents library (which needs libfyaml of its user) without losing the rest.
function(tempo_install target set)
    install(TARGETS ${target} EXPORT ${set}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(EXPORT ${set} NAMESPACE tempo:: DESTINATION ${package_dir})
endfunction()

# .pc files find their prefix from where they lie, so that --prefix at install time is enough.
function(tempo_install_pkg_config name)
    cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
        OUTPUT_VARIABLE PREFIX_FROM_PC)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

# The headers of the libraries beside the core, which include tempo.h and not the other way round.
set(train_headers trainer.h checkpoint.h communicator.h log.h progress.h)
set(excluded)
foreach(header IN LISTS train_headers ITEMS mpi.h)
    list(APPEND excluded PATTERN ${header} EXCLUDE)
endforeach()
tempo_install(tempo_static tempo-static)
tempo_install(tempo_shared tempo-shared)
tempo_install_pkg_config(tempo)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/tempo DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.h" PATTERN document.h EXCLUDE ${excluded})

if(TEMPO_DOCUMENTS)
    tempo_install(tempo_documents_static tempo-documents-static)
    tempo_install(tempo_documents_shared tempo-documents-shared)
    tempo_install_pkg_config(tempo_documents)
    install(FILES ${PROJECT_SOURCE_DIR}/include/tempo/document.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tempo)
endif()

if(TEMPO_TRAIN)
    tempo_install(tempo_train_static tempo-train-static)
    tempo_install(tempo_train_shared tempo-train-shared)
    tempo_install_pkg_config(tempo_train)
    foreach(header IN LISTS train_headers)
        install(FILES ${PROJECT_SOURCE_DIR}/include/tempo/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tempo)
    endforeach()
endif()

if(TEMPO_MPI)
    # tempo_mpi.pc leads to MPI's own .pc file where there is one; elsewhere its user compiles with mpicc.
    pkg_check_modules(MPI_PC QUIET mpi-c)
    set(MPI_PC_REQUIRES)
    if(MPI_PC_FOUND)
        set(MPI_PC_REQUIRES ", mpi-c")
    endif()
    tempo_install(tempo_mpi_static tempo-mpi-static)
    tempo_install(tempo_mpi_shared tempo-mpi-shared)
    tempo_install_pkg_config(tempo_mpi)
    install(FILES ${PROJECT_SOURCE_DIR}/include/tempo/mpi.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tempo)
endif()

if(TEMPO_PROGRAM)
    install(TARGETS tempo_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(FILES ${PROJECT_BINARY_DIR}/tempo.bash RENAME tempo
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    install(FILES ${PROJECT_BINARY_DIR}/_tempo DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
    install(FILES ${PROJECT_BINARY_DIR}/tempo.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/tempo-config.cmake.in
    ${PROJECT_BINARY_DIR}/tempo-config.cmake INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tempo-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tempo-config.cmake ${PROJECT_BINARY_DIR}/tempo-config-version.cmake
    DESTINATION ${package_dir})
